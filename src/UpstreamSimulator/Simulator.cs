using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using UpstreamSimulator.Http;

namespace UpstreamSimulator;

/// <summary>A running simulator of the upstream API.</summary>
public sealed class Simulator : IAsyncDisposable
{
    private readonly IPAddress _host;
    private readonly X509Certificate2? _certificate;
    private readonly TimeProvider _time;
    private volatile SimulatorState _state;
    private WebApplication? _server;

    private Simulator(SimulatorOptions options, IPAddress host, TimeProvider time, X509Certificate2? certificate)
    {
        (_host, _time, _certificate) = (host, time, certificate);
        _state = SimulatorState.Of(options, Statistics, time, previous: null);
    }

    /// <summary>Where the API is, such as <c>http://127.0.0.1:40123/api/</c>.</summary>
    public Uri BaseAddress { get; private set; } = new("http://127.0.0.1/api/");

    public SimulatorStatistics Statistics { get; } = new();

    /// <summary>How the simulator behaves. A new value counts for the requests that arrive from then on.</summary>
    public SimulatorOptions Options
    {
        get => _state.Options;
        set => _state = SimulatorState.Of(value, Statistics, _time, _state);
    }

    internal SimulatorState State => _state;

    /// <summary>Starts a simulator, on 127.0.0.1 and any free port unless they are given.</summary>
    /// <param name="time">The clock that latency, slow bodies and tokens follow; null for the system's.</param>
    /// <param name="certificate">With it, with its private key, the API is served over HTTPS; null for HTTP.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<Simulator> StartAsync(
        SimulatorOptions? options = null, IPAddress? host = null, int port = 0, TimeProvider? time = null, X509Certificate2? certificate = null)
    {
        var simulator = new Simulator(options ?? new SimulatorOptions(), host ?? IPAddress.Loopback, time ?? TimeProvider.System, certificate);
        await simulator.ListenAsync(port);
        return simulator;
    }

    /// <summary>Breaks all connections and stops listening: new ones are refused. Statistics stay.</summary>
    public async Task PauseListeningAsync()
    {
        if (Interlocked.Exchange(ref _server, null) is not { } server)
            return;

        // A cancelled token: do not wait for requests in flight, some of which may hang by design.
        await server.StopAsync(new CancellationToken(canceled: true));
        await server.DisposeAsync();
    }

    public Task ResumeListeningAsync() => ListenAsync(BaseAddress.Port);

    public async ValueTask DisposeAsync() => await PauseListeningAsync();

    private async Task ListenAsync(int port)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(_host, port, listener =>
            {
                listener.Protocols = _certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (_certificate is not null)
                    listener.UseHttps(_certificate);
            });
        });

        WebApplication server = builder.Build();
        server.Run(new RequestHandler(this, _time).HandleAsync);
        await server.StartAsync();

        string address = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        BaseAddress = new Uri($"{address}/api/");
        _server = server;
    }
}
