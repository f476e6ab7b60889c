using System.Collections.Frozen;
using System.Diagnostics;

namespace TestSupport.Processes;

/// <summary>The real worker, as a process of its own.</summary>
public sealed class WorkerProcess : CapturedProcess
{
    /// <summary>Names an environment variable with the path of a published worker to test instead of the one that was just built.</summary>
    public const string PathVariable = "INGESTION_WORKER";

    // Settings of the machine must not decide what a test sees.
    private static readonly string[] RemovedPrefixes =
        ["OTEL_", "Ingestion__", "Upstream__", "Transform__", "Tracing__", "Storage__", "Health__", "Live__", "Recording__", "ConnectionStrings__", "Logging__", "RabbitMq__",
         "INGESTION_SECRETS", "DOTNET_ENVIRONMENT", "DOTNET_CONTENTROOT", "DOTNET_USE_POLLING_FILE_WATCHER", "ASPNETCORE_"];

    private WorkerProcess(ProcessStartInfo start)
        : base(start)
    {
    }

    /// <summary>Starts the worker.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Environment variables beside those of the machine that say nothing to the worker; a null value removes one.</param>
    /// <param name="redirections">Where its standard streams go instead, as a shell writes it: <c>&gt;/dev/full 2&gt;&amp;-</c>.</param>
    public static WorkerProcess Start(IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? redirections = null)
    {
        var start = new ProcessStartInfo { WorkingDirectory = Path.GetTempPath() };
        string[] program = Program();
        if (redirections is not null)
            program = ["/bin/sh", "-c", $"exec \"$@\" {redirections}", "sh", .. program];
        start.FileName = program[0];
        foreach (string argument in program[1..])
            start.ArgumentList.Add(argument);

        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);

        foreach (string name in start.Environment.Keys.Where(IsRemoved).ToArray())
            start.Environment.Remove(name);
        foreach ((string name, string? value) in environment ?? FrozenDictionary<string, string?>.Empty)
            start.Environment[name] = value;

        return new WorkerProcess(start);
    }

    /// <summary>What starts the worker: the words before its arguments.</summary>
    public static string[] Program() => FindWorker() is var worker && worker.EndsWith(".dll", StringComparison.Ordinal) ? ["dotnet", worker] : [worker];

    private static bool IsRemoved(string name) =>
        RemovedPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string FindWorker()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } published)
            return File.Exists(published) ? published : throw new FileNotFoundException($"{PathVariable} names a file that is not there: {published}");

        string built = Path.Combine(AppContext.BaseDirectory, "ingestion-worker.dll");
        return File.Exists(built)
            ? built
            : throw new FileNotFoundException($"No worker at {built}: the test project needs a reference to src/Worker, or {PathVariable} the path of a published worker.");
    }
}
