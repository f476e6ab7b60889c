using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ingestion.Items;
using Ingestion.Sources;

namespace Ingestion.Tests.Runs;

/// <summary>Delivers what it is given, and keeps what is settled.</summary>
internal sealed class ListSource(SourceItem[] items, bool isShared = false, bool isEndless = false) : IItemSource
{
    private readonly ConcurrentQueue<(ItemKey Key, Outcome Outcome, string? Reason)> _settled = [];

    public IEnumerable<(ItemKey Key, Outcome Outcome, string? Reason)> Settled => _settled;

    public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new SourceDescription("list", items.Length, IsShared: isShared) { IsEstimate = true });

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        foreach (SourceItem item in items)
            yield return item;
        if (isEndless)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopReading);
    }

    public ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason)
    {
        _settled.Enqueue((item.Key, outcome, reason));
        return ValueTask.CompletedTask;
    }
}
