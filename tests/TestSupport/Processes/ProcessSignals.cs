using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TestSupport.Processes;

/// <summary>Sends signals, which <see cref="Process"/> cannot.</summary>
public static class ProcessSignals
{
    /// <summary>Sends a signal; a process that has ended already is left in peace.</summary>
    public static void Send(Process process, Signal signal)
    {
        if (!process.HasExited)
            _ = SendSignal(process.Id, (int)signal);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
