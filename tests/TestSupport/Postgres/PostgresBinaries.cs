namespace TestSupport.Postgres;

/// <summary>Finds the folder with PostgreSQL's server programs.</summary>
internal static class PostgresBinaries
{
    private const string FolderVariable = "PG_BIN";
    private const string DebianFolder = "/usr/lib/postgresql";

    /// <summary>The folder that PG_BIN names, or the first with a server on PATH, or the newest of Debian's.</summary>
    public static string Find() =>
        Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named
            ? HasServer(named) ? named : throw new InvalidOperationException($"{FolderVariable} is {named}, but there is no initdb and postgres in it.")
            : Candidates().FirstOrDefault(HasServer)
              ?? throw new InvalidOperationException(
                  $"No PostgreSQL server found. Install one (apt-get install postgresql), set {FolderVariable} to the folder of its programs, "
                  + $"or {PostgresCluster.ServerVariable} to the connection string of a running one.");

    private static IEnumerable<string> Candidates()
    {
        IEnumerable<string> path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> debian = Directory.Exists(DebianFolder)
            ? Directory.GetDirectories(DebianFolder).OrderByDescending(folder => double.TryParse(Path.GetFileName(folder), out double version) ? version : 0)
            : [];
        return path.Concat(debian.Select(folder => Path.Combine(folder, "bin")));
    }

    private static bool HasServer(string folder) => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres"));
}
