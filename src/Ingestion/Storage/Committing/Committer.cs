using Ingestion.Storage.Postgres;

namespace Ingestion.Storage.Committing;

/// <summary>A batch and the connection it is committed over, one transaction after the other. Not thread-safe.</summary>
internal sealed class Committer(Guid runId, int maxBatchSize, CommitConnection connection) : IAsyncDisposable
{
    private readonly Batch _batch = new(maxBatchSize);

    /// <summary>Whether the batch before left something for the next.</summary>
    public bool HasLeftOver => _batch.IsBegun;

    /// <summary>Whether the server is still there: what went wrong went wrong with the transaction.</summary>
    public bool IsOpen => connection.IsOpen;

    /// <summary>Takes what is waiting; nothing when another was faster.</summary>
    public ReadOnlyMemory<PendingEntry> Take(ChannelReader<PendingEntry> queue)
    {
        while (!_batch.IsFull && queue.TryRead(out PendingEntry? pending))
            _batch.Add(pending);
        return _batch.Seal();
    }

    /// <summary>One transaction with these entries of the batch, and its span. What it makes the current activity ends with this method.</summary>
    public async Task<bool> CommitAsync(ReadOnlyMemory<PendingEntry> entries, CancellationToken cancellationToken)
    {
        using Activity? span = CommitSpan.Start(entries.Span, runId);
        try
        {
            await connection.CommitAsync(entries, cancellationToken);
            return true;
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, PostgresErrors.Describe(exception));
            throw;
        }
    }

    /// <summary>The same transaction without any of the entries, in the same trace: it shows whether what went wrong has to do with them.</summary>
    public async Task<bool> TryWithoutRowsAsync(ReadOnlyMemory<PendingEntry> entries, CancellationToken cancellationToken)
    {
        using Activity? span = CommitSpan.Start(entries.Span, runId);
        await connection.CommitAsync(ReadOnlyMemory<PendingEntry>.Empty, cancellationToken);
        return true;
    }

    /// <summary>Leaves an entry for the next batch.</summary>
    public void Defer(PendingEntry entry) => _batch.Defer(entry);

    /// <summary>Lets go of the batch.</summary>
    public void Release() => _batch.Clear();

    /// <summary>Lets go of the batch without having committed it, and returns what was in it.</summary>
    public PendingEntry[] Abandon() => _batch.Abandon();

    public ValueTask DisposeAsync() => connection.DisposeAsync();
}
