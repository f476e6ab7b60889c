namespace TestSupport.RabbitMq;

/// <summary>Finds RabbitMQ's start script and Erlang's port mapper.</summary>
internal static class RabbitMqBinaries
{
    private const string ServerVariable = "RABBITMQ_SERVER";

    // Debian's script on PATH changes the user and writes to the machine's own folders; the one it calls does not.
    private const string DebianServer = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    /// <summary>The script that RABBITMQ_SERVER names, or Debian's, or the first on PATH; null when there is none.</summary>
    public static string? FindServer() =>
        Environment.GetEnvironmentVariable(ServerVariable) is { Length: > 0 } named
            ? File.Exists(named) ? named : throw new InvalidOperationException($"{ServerVariable} is {named}, which is not there.")
            : new[] { DebianServer }.Concat(OnPath("rabbitmq-server")).FirstOrDefault(File.Exists);

    /// <summary>Erlang's port mapper; null when there is none.</summary>
    public static string? FindPortMapper() => OnPath("epmd").FirstOrDefault(File.Exists);

    private static IEnumerable<string> OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, program));
}
