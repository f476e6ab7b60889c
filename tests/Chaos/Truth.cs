using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using TestSupport.Upstream;
using UpstreamSimulator;

namespace Chaos;

/// <summary>What an upstream without faults serves: asked for over HTTP, and nothing of the worker's is used.</summary>
internal sealed class Truth : IAsyncDisposable
{
    private readonly Simulator _simulator;
    private readonly KeyKind _keys;
    private readonly HttpClient _client;

    private Truth(Simulator simulator, KeyKind keys)
    {
        _simulator = simulator;
        _keys = keys;
        _client = new HttpClient { BaseAddress = simulator.BaseAddress };
        _client.DefaultRequestHeaders.Authorization = new("Bearer", simulator.Options.Token);
    }

    public static async Task<Truth> StartAsync(SimulatorOptions options, KeyKind keys) =>
        new(await Simulator.StartAsync(new SimulatorOptions { Seed = options.Seed, Characters = options.Characters }), keys);

    /// <summary>The records with some numbers by their keys, and the SHA-256 of each as it comes over the wire.</summary>
    public async Task<IReadOnlyDictionary<string, (JsonElement Record, byte[] Hash)>> ReadAsync(IEnumerable<int> numbers)
    {
        var records = new ConcurrentDictionary<string, (JsonElement, byte[])>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(numbers, async (number, cancellation) =>
        {
            byte[] body = await _client.GetByteArrayAsync(_keys.AddressOf(number), cancellation);
            records[_keys.Key(number)] = (JsonDocument.Parse(body).RootElement, SHA256.HashData(body));
        });
        return records;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _simulator.DisposeAsync();
    }
}
