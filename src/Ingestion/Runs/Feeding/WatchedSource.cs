using Ingestion.Sources;

namespace Ingestion.Runs.Feeding;

/// <summary>A source that ends where it cannot go on, so that what it delivered is finished as at any other end, and that says why.</summary>
internal sealed class WatchedSource(IItemSource source) : IItemSource
{
    /// <summary>Why it could not go on, or null.</summary>
    public Exception? Problem { get; private set; }

    public bool HasEnd => source.HasEnd;

    public bool HasUrgent => source.HasUrgent;

    public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) => source.DescribeAsync(cancellationToken);

    public IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading) => WatchAsync(source.ReadAsync(description, stopReading), stopReading);

    public IAsyncEnumerable<SourceItem> ReadUrgentAsync(CancellationToken stopReading) => WatchAsync(source.ReadUrgentAsync(stopReading), stopReading);

    public ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason) => source.SettleAsync(item, outcome, reason);

    public ValueTask EndAsync() => source.EndAsync();

    private async IAsyncEnumerable<SourceItem> WatchAsync(IAsyncEnumerable<SourceItem> watched, [EnumeratorCancellation] CancellationToken stopReading)
    {
        await using IAsyncEnumerator<SourceItem> items = watched.GetAsyncEnumerator(stopReading);
        while (await MoveNextAsync(items))
            yield return items.Current;
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<SourceItem> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (Exception exception) when (exception is IngestionConfigurationException or IngestionUnavailableException)
        {
            Problem = exception;
            return false;
        }
    }
}
