using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Worker.Hosting;

/// <summary>Answers requests on a separate server, so that nothing of the worker's host is reachable from outside.</summary>
internal sealed class WebServer : IAsyncDisposable
{
    private const long MaxRequestBytes = 1024;

    /// <summary>How long a request may still take when the server stops.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly WebApplication _application;

    private WebServer(WebApplication application) => _application = application;

    public int Port => new Uri(_application.Urls.First()).Port;

    /// <summary>Starts listening.</summary>
    /// <param name="address">Null for all there are.</param>
    /// <param name="port">0 for any free one.</param>
    /// <param name="answer">Answers a request.</param>
    /// <param name="setting">What says so, such as <c>Health:Port is 8080</c>.</param>
    /// <param name="alternative">What to choose otherwise.</param>
    /// <param name="cancellationToken">Aborts the start.</param>
    /// <exception cref="IngestionConfigurationException">It cannot listen there.</exception>
    public static async Task<WebServer> ListenAsync(IPAddress? address, int port, RequestDelegate answer, string setting, string alternative, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            if (address is null)
                kestrel.ListenAnyIP(port);
            else
                kestrel.Listen(address, port);
        });
        WebApplication application = builder.Build();
        application.Run(answer);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is SocketException or IOException { InnerException: not null })
        {
            string why = e is SocketException ? $"the worker cannot listen there: {e.Message}" : "something else listens on that port";
            throw new IngestionConfigurationException($"{setting}, but {why}; choose another one, or {alternative}");
        }

        return new WebServer(application);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(Patience);
        await _application.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync();
    }
}
