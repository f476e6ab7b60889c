using System.CommandLine;
using System.Net.Sockets;
using Worker.Hosting;

namespace Worker.Commands;

/// <summary><c>healthcheck</c>: asks the worker on this machine how it is. For container images that have no curl.</summary>
internal static class HealthCheckCommand
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(4);

    private const string Notes = """
        Examples:
          ingestion-worker healthcheck
          ingestion-worker healthcheck --ready --Health:Port=8081

        Exit codes: 0 healthy · 1 not healthy, not running, or Health:Port is 0 · 64 the command line is wrong · 78 the configuration is wrong

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> ready = new("--ready") { Description = "Ask whether it is ready (database reachable, not stopping) instead of whether it is alive." };
        Command command = new("healthcheck", "Ask the worker on this machine whether it is healthy.") { ready };
        command.SetAction((parsed, cancellationToken) => CheckAsync(settings, parsed.GetValue(ready) ? HealthServer.ReadyPath : HealthServer.LivePath, cancellationToken));
        return (command, Notes);
    }

    private static async Task<int> CheckAsync(Dictionary<string, string?> settings, string path, CancellationToken cancellationToken)
    {
        int port = WorkerConfiguration.HealthPort(settings);
        if (port == 0)
        {
            await Console.Out.WriteLineAsync("Health:Port is 0: the worker has no health endpoints to ask");
            return ExitCodes.Error;
        }

        Uri address = new($"http://127.0.0.1:{port}{path}");
        try
        {
            // A proxy has no business between a container and itself.
            using SocketsHttpHandler handler = new() { UseProxy = false };
            using HttpClient client = new(handler) { Timeout = Timeout, MaxResponseContentBufferSize = 64 * 1024 };
            using HttpResponseMessage response = await client.GetAsync(address, cancellationToken);
            string answer = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            await Console.Out.WriteLineAsync($"{(response.IsSuccessStatusCode ? "healthy" : "not healthy")}: {answer}");
            return response.IsSuccessStatusCode ? ExitCodes.Success : ExitCodes.Error;
        }
        catch (HttpRequestException e)
        {
            string reason = e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "nothing listens there" : e.Message;
            await Console.Out.WriteLineAsync($"not healthy: {address} does not answer: {reason}");
            return ExitCodes.Error;
        }
        catch (OperationCanceledException)
        {
            await Console.Out.WriteLineAsync($"not healthy: {address} did not answer within {Timeout.TotalSeconds:0} s");
            return ExitCodes.Error;
        }
    }
}
