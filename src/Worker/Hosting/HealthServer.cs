using Ingestion.Sources;
using Microsoft.AspNetCore.Http;

namespace Worker.Hosting;

/// <summary>Answers health probes on a separate server, so that nothing of the worker's host is reachable from outside.</summary>
internal sealed class HealthServer(
    IOptions<HealthOptions> options, WorkerOutcome worker, RunHealth run, StorageHealth storage, SourceHealth source, IHostApplicationLifetime lifetime) : IHostedService
{
    public const string LivePath = "/healthz/live";
    public const string ReadyPath = "/healthz/ready";

    private WebServer? _server;

    /// <summary>The port it listens on; 0 when it does not.</summary>
    public int Port => _server?.Port ?? 0;

    public Task StartAsync(CancellationToken cancellationToken) => options.Value.Port == 0 ? Task.CompletedTask : ListenAsync(options.Value.Port, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _server?.DisposeAsync().AsTask() ?? Task.CompletedTask;

    /// <summary>Starts listening. Unlike in the configuration, port 0 means any free port here.</summary>
    internal async Task ListenAsync(int port, CancellationToken cancellationToken) =>
        _server = await WebServer.ListenAsync(address: null, port, AnswerAsync, $"Health:Port is {port}", "0 for no health endpoints", cancellationToken);

    private Task AnswerAsync(HttpContext context)
    {
        bool isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        (int status, string text) = context.Request.Path.Value switch
        {
            LivePath or ReadyPath when !isRead => (StatusCodes.Status405MethodNotAllowed, "only GET and HEAD"),
            LivePath => WhyNotLive() is { } reason ? (StatusCodes.Status503ServiceUnavailable, reason) : (StatusCodes.Status200OK, "live"),
            ReadyPath => WhyNotReady() is { } reason ? (StatusCodes.Status503ServiceUnavailable, reason) : (StatusCodes.Status200OK, "ready"),
            _ => (StatusCodes.Status404NotFound, $"only {LivePath} and {ReadyPath}"),
        };
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private string? WhyNotLive() => worker.IsFaulted ? "the worker has failed" : run.Problem;

    private string? WhyNotReady()
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return "stopping";
        if (storage.Problem is not null)
            return "database: " + storage.Problem;
        if (source.Problem is not null)
            return "source: " + source.Problem;
        return worker.IsSchemaReady ? null : "the database schema is not ready yet";
    }
}
