using System.Text.Json;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Ingestion.Tests.Simulator;

/// <summary>A simulator with a client that follows nothing and hides nothing.</summary>
internal sealed class SimulatedApi : IAsyncDisposable
{
    private SimulatedApi(UpstreamSimulator.Simulator simulator)
    {
        Simulator = simulator;
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = simulator.BaseAddress };
    }

    public UpstreamSimulator.Simulator Simulator { get; }

    public HttpClient Client { get; }

    public static async Task<SimulatedApi> StartAsync(SimulatorOptions? options = null, TimeProvider? time = null) =>
        new(await UpstreamSimulator.Simulator.StartAsync(options, time: time));

    public static Task<SimulatedApi> StartWithAsync(string faults) =>
        StartAsync(new SimulatorOptions { Faults = FaultPlan.Parse(faults) });

    public Task<HttpResponseMessage> GetAsync(string path) => Client.GetAsync(new Uri(path, UriKind.Relative));

    public async Task<(int Status, string Body)> ReadAsync(string path)
    {
        using HttpResponseMessage response = await GetAsync(path);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonElement> JsonAsync(string path)
    {
        (int status, string body) = await ReadAsync(path);
        Assert.Equal(200, status);
        return JsonElement.Parse(body);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Simulator.DisposeAsync();
    }
}
