using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Ingestion.Items;
using Ingestion.Sources;

namespace Ingestion.Tests.Runs;

/// <summary>Delivers what a test writes into a channel, and has no end before that channel has.</summary>
internal sealed class ChannelSource(ChannelReader<int> ids) : IItemSource
{
    private int _settled;

    /// <summary>What each settling waits for.</summary>
    public Task Settling { get; init; } = Task.CompletedTask;

    /// <summary>What it waits for after reading was stopped.</summary>
    public Task Leaving { get; init; } = Task.CompletedTask;

    /// <summary>What it waits for at the end of the run.</summary>
    public Task Ending { get; init; } = Task.CompletedTask;

    /// <summary>How many items were to be settled.</summary>
    public int Settled => Volatile.Read(ref _settled);

    public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new SourceDescription("channel", Count: null));

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        try
        {
            await foreach (int id in ids.ReadAllAsync(stopReading))
                yield return new SourceItem(id);
        }
        finally
        {
            await Leaving;
        }
    }

    public async ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason)
    {
        Interlocked.Increment(ref _settled);
        await Settling;
    }

    public async ValueTask EndAsync() => await Ending;
}
