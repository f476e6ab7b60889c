using System.Net;
using System.Net.Sockets;

namespace Worker.Commands;

/// <summary><c>healthcheck</c>: asks the worker on this machine how it is. For container images that have no curl.</summary>
internal static class HealthCheckCommand
{
    public const string Name = "healthcheck";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    private const string Notes = """
        Examples:
          ingestion-worker healthcheck
          ingestion-worker healthcheck --ready --Health:Port=8081

        It finds the worker in this container and its port, and waits at most 4 s for an answer. With --Health:Port it asks that port, as it does where the system hides what is
        running. A command without health endpoints, such as enqueue, or a worker whose Health:Port is 0 counts as healthy.

        Exit codes: 0 healthy, or there are no health endpoints · 64 the command line is wrong · 78 the configuration is wrong · 1 not healthy, not running, or anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> ready = new("--ready") { Description = "Ask whether it is ready (database reachable, not stopping) instead of whether it is alive." };
        Command command = new(Name, "Ask the worker on this machine whether it is healthy.") { ready };
        command.SetAction((parsed, cancellationToken) => CheckAsync(settings, parsed.GetValue(ready) ? HealthServer.ReadyPath : HealthServer.LivePath, cancellationToken));
        return (command, Notes);
    }

    private static async Task<int> CheckAsync(Dictionary<string, string?> settings, string path, CancellationToken cancellationToken)
    {
        int configured = WorkerConfiguration.HealthPort(settings);
        bool isGiven = settings.ContainsKey($"{HealthOptions.Section}:{nameof(HealthOptions.Port)}");
        IReadOnlyList<(string Command, IReadOnlyList<int> Ports)> workers = isGiven ? [] : RunningWorkers.Find() ?? [];
        if (workers.Any(worker => worker.Ports.Contains(configured)))
            workers = [.. workers.Where(worker => worker.Ports.Contains(configured))];

        (bool? IsHealthy, string Text)[] answers = workers.Count > 0 || configured > 0
            ? await Task.WhenAll((workers.Count > 0 ? workers.SelectMany(worker => worker.Ports) : [configured]).Select(port => AskAsync(port, path, cancellationToken)))
            : [];
        // A port that does not know the path is for something else, unless it was named. Of several workers, the one that is not well is worth a line.
        answers = [.. answers.Where(answer => answer.IsHealthy is not null || workers.Count == 0).OrderBy(answer => answer.IsHealthy)];
        if (answers.Length == 0)
        {
            await Console.Out.WriteLineAsync(workers.Count > 0
                ? $"healthy: what runs here has no health endpoints ({string.Join(", ", workers.Select(worker => worker.Command).Distinct(StringComparer.Ordinal))})"
                : "healthy: Health:Port is 0, so there are no health endpoints to ask");
            return ExitCodes.Success;
        }

        await Console.Out.WriteLineAsync($"{(answers[0].IsHealthy == true ? "healthy" : "not healthy")}: {answers[0].Text}");
        return answers[0].IsHealthy == true ? ExitCodes.Success : ExitCodes.Error;
    }

    /// <summary>What the worker behind a port says; null instead of yes or no when the port is for something else.</summary>
    private static async Task<(bool? IsHealthy, string Text)> AskAsync(int port, string path, CancellationToken cancellationToken)
    {
        Uri address = new($"http://127.0.0.1:{port}{path}");
        try
        {
            // A proxy has no business between a container and itself.
            using SocketsHttpHandler handler = new() { UseProxy = false };
            using HttpClient client = new(handler) { Timeout = Timeout, MaxResponseContentBufferSize = 64 * 1024 };
            using HttpResponseMessage response = await client.GetAsync(address, cancellationToken);
            string answer = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            return (response.StatusCode == HttpStatusCode.NotFound ? null : response.IsSuccessStatusCode, answer);
        }
        catch (HttpRequestException e)
        {
            string reason = e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "nothing listens there" : e.Message;
            return (false, $"{address} does not answer: {reason}");
        }
        catch (OperationCanceledException)
        {
            return (false, $"{address} did not answer within {Timeout.TotalSeconds:0} s");
        }
    }
}
