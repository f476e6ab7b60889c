using System.Globalization;

namespace Chaos;

/// <summary>What a process holds at one moment.</summary>
/// <param name="ResidentMiB">Resident memory.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Threads of the operating system.</param>
internal readonly record struct ProcessSample(double ResidentMiB, int Handles, int Threads)
{
    /// <summary>Looks at a process of this machine, as Linux shows it.</summary>
    public static ProcessSample Of(int processId)
    {
        Dictionary<string, string> status = File.ReadLines($"/proc/{processId}/status").Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0], pair => pair[1].Trim(), StringComparer.Ordinal);
        return new ProcessSample(
            double.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture) / 1024,
            Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count(),
            int.Parse(status["Threads"], CultureInfo.InvariantCulture));
    }
}
