namespace Worker.Hosting;

/// <summary>The processes of this program in this container, or on this machine, as Linux shows them.</summary>
internal static class RunningWorkers
{
    private const string Listening = "0A";
    private static readonly string[] Tables = ["net/tcp", "net/tcp6"];

    /// <summary>Those beside this one and other health checks: their commands, and the TCP ports they listen on. Null where the system does not show it.</summary>
    public static IReadOnlyList<(string Command, IReadOnlyList<int> Ports)>? Find(string processes = "/proc", int? self = null)
    {
        string own = (self ?? Environment.ProcessId).ToString(CultureInfo.InvariantCulture);
        if (Look(Path.Combine(processes, own)) is not var (program, _, _))
            return null;

        return
        [
            .. from folder in Directory.EnumerateDirectories(processes)
               where int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out _) && Path.GetFileName(folder) != own
               let worker = Look(folder)
               where worker?.Program == program && worker?.Command != HealthCheckCommand.Name
               select (worker!.Value.Command, worker.Value.Ports),
        ];
    }

    private static (string Program, string Command, IReadOnlyList<int> Ports)? Look(string folder)
    {
        try
        {
            string program = LinkOf(Path.Combine(folder, "exe"));
            string[] line = File.ReadAllText(Path.Combine(folder, "cmdline")).TrimEnd('\0').Split('\0');
            int arguments = 1;
            if (line.Length > 1 && line[1].EndsWith(".dll", StringComparison.Ordinal))
            {
                // dotnet is the program of many.
                program += ' ' + Path.GetFullPath(Path.Combine(LinkOf(Path.Combine(folder, "cwd")), line[1]));
                arguments = 2;
            }

            string command = RawKeys.TakeFrom(line[arguments..], new HashSet<string>(StringComparer.Ordinal)).Rest is [var first, ..] && !first.StartsWith('-') ? first : RunCommand.Name;
            return (program, command, PortsOf(folder));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended, or belongs to somebody else.
            return null;
        }
    }

    private static int[] PortsOf(string folder)
    {
        HashSet<string> sockets = [.. Directory.EnumerateFileSystemEntries(Path.Combine(folder, "fd")).Select(LinkOf).Where(link => link.StartsWith("socket:[", StringComparison.Ordinal))];
        return [.. Tables.Select(table => Path.Combine(folder, table)).Where(File.Exists).SelectMany(File.ReadLines).Select(PortOf).OfType<int>().Distinct()];

        // sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode …
        int? PortOf(string row) =>
            row.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var local, _, Listening, _, _, _, _, _, var inode, ..] && sockets.Contains($"socket:[{inode}]")
                ? int.Parse(local.AsSpan(local.IndexOf(':', StringComparison.Ordinal) + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
                : null;
    }

    private static string LinkOf(string path) => new FileInfo(path).LinkTarget ?? "";
}
