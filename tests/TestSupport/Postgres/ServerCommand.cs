using System.Diagnostics;
using TestSupport.Processes;

namespace TestSupport.Postgres;

/// <summary>Runs PostgreSQL's programs, in a locale whose messages are known.</summary>
internal static class ServerCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Task RunAsync(params string[] command) => RunAsync(new ProcessStartInfo { WorkingDirectory = Path.GetTempPath() }, command);

    public static async Task RunAsync(ProcessStartInfo start, string[] command)
    {
        Fill(start, command);
        await using var process = new CapturedProcess(start);
        ProcessResult result = await process.WaitForExitAsync(Patience);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with exit code {result.ExitCode}:\n{result.StandardOutput}\n{result.StandardError}");
    }

    public static void Fill(ProcessStartInfo start, string[] command)
    {
        start.FileName = command[0];
        start.Environment["LC_ALL"] = "C";
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
    }
}
