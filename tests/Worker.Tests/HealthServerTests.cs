using System.Net;
using System.Net.Sockets;
using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Sources;
using Ingestion.Storage;
using Microsoft.Extensions.Options;
using Worker.Hosting;

namespace Worker.Tests;

public sealed class HealthServerTests : IAsyncLifetime
{
    private readonly WorkerOutcome _worker = new();
    private readonly RunHealth _run = new();
    private readonly StorageHealth _storage = new();
    private readonly SourceHealth _source = new();
    private readonly ManualLifetime _lifetime = new();
    private readonly HttpClient _client = new();
    private HealthServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = CreateServer(new HealthOptions());
        await _server.ListenAsync(0, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(TestContext.Current.CancellationToken);
        _client.Dispose();
    }

    [Fact]
    public async Task The_worker_is_alive_until_its_loop_fails()
    {
        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("/healthz/live"));
        _worker.Fail(new InvalidOperationException("secret"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the worker has failed"), await GetAsync("/healthz/live"));
    }

    [Fact]
    public async Task The_worker_is_not_alive_while_its_run_gets_nowhere()
    {
        _run.ReportStalled("no item has ended for 00:05:00");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "no item has ended for 00:05:00"), await GetAsync("/healthz/live"));
        _run.ReportProgress();
        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("/healthz/live"));
    }

    [Fact]
    public async Task The_worker_is_ready_when_the_database_is_and_until_it_stops()
    {
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "database: not connected yet"), await GetAsync("/healthz/ready"));
        _storage.ReportReachable();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "the database schema is not ready yet"), await GetAsync("/healthz/ready"));
        _worker.IsSchemaReady = true;
        Assert.Equal((HttpStatusCode.OK, "ready"), await GetAsync("/healthz/ready"));
        _storage.ReportUnreachable("connection refused");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "database: connection refused"), await GetAsync("/healthz/ready"));
        _storage.ReportReachable();
        _source.ReportUnreachable("broker away");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "source: broker away"), await GetAsync("/healthz/ready"));
        _source.ReportReachable();
        _lifetime.StopApplication();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "stopping"), await GetAsync("/healthz/ready"));
        Assert.Equal((HttpStatusCode.OK, "live"), await GetAsync("/healthz/live"));
    }

    [Fact]
    public async Task Nothing_else_is_answered()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/")).Status);
        using HttpResponseMessage response = await _client.PostAsync(Address("/healthz/live"), content: null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task A_port_in_use_is_a_configuration_error_that_names_the_key()
    {
        using Socket taken = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp) { DualMode = true };
        taken.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        var e = await Assert.ThrowsAsync<IngestionConfigurationException>(() => CreateServer(new HealthOptions { Port = port }).StartAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith($"Health:Port is {port}, but something else listens on that port", Assert.Single(e.Errors), StringComparison.Ordinal);
    }

    private HealthServer CreateServer(HealthOptions options) => new(Options.Create(options), _worker, _run, _storage, _source, _lifetime);

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string path)
    {
        using HttpResponseMessage response = await _client.GetAsync(Address(path), TestContext.Current.CancellationToken);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).TrimEnd());
    }

    private Uri Address(string path) => new($"http://localhost:{_server.Port}{path}");
}
