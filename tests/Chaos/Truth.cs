using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UpstreamSimulator;

namespace Chaos;

/// <summary>What an upstream without faults serves: asked for over HTTP, and nothing of the worker's is used.</summary>
internal sealed class Truth : IAsyncDisposable
{
    private readonly Simulator _simulator;
    private readonly HttpClient _client;

    private Truth(Simulator simulator)
    {
        _simulator = simulator;
        _client = new HttpClient { BaseAddress = simulator.BaseAddress };
    }

    public static async Task<Truth> StartAsync(SimulatorOptions options) =>
        new(await Simulator.StartAsync(new SimulatorOptions { Seed = options.Seed, Characters = options.Characters }));

    /// <summary>The records of some IDs, at least two, and the SHA-256 of each as it comes over the wire.</summary>
    public async Task<Dictionary<int, (JsonElement Record, byte[] Hash)>> ReadAsync(IEnumerable<int> ids)
    {
        byte[] body = await _client.GetByteArrayAsync(new Uri($"character/{string.Join(',', ids)}", UriKind.Relative));
        return JsonDocument.Parse(body).RootElement.EnumerateArray().ToDictionary(
            record => record.GetProperty("id").GetInt32(),
            record => (record, SHA256.HashData(Encoding.UTF8.GetBytes(record.GetRawText()))));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _simulator.DisposeAsync();
    }
}
