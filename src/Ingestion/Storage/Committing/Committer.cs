using Ingestion.Storage.Postgres;

namespace Ingestion.Storage.Committing;

/// <summary>A batch and the connection it is committed over, one transaction after the other. Not thread-safe.</summary>
internal sealed class Committer(Guid runId, int maxBatchSize, CommitConnection connection) : IAsyncDisposable
{
    /// <summary>Links make a span heavy; 128 is also the limit the OpenTelemetry SDK sets by default, https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits.</summary>
    private const int MaxLinks = 128;

    private static readonly Comparer<PendingEntry> ById = Comparer<PendingEntry>.Create(static (a, b) => a.Entry.Key.CompareTo(b.Entry.Key));

    /// <summary>In the order of their IDs: transactions that lock rows in the same order cannot deadlock. None is for the same item as another.</summary>
    private readonly PendingEntry[] _batch = new PendingEntry[maxBatchSize];
    private readonly List<PendingEntry> _deferred = [];
    private int _count;

    /// <summary>Whether the batch before left something for the next.</summary>
    public bool HasLeftOver => _count > 0;

    /// <summary>Whether the server is still there: what went wrong went wrong with the transaction.</summary>
    public bool IsOpen => connection.IsOpen;

    /// <summary>Takes what is waiting; nothing when another was faster.</summary>
    public ReadOnlyMemory<PendingEntry> Take(ChannelReader<PendingEntry> queue)
    {
        while (_count < maxBatchSize && queue.TryRead(out PendingEntry? pending))
            _batch[_count++] = pending;
        Array.Sort(_batch, 0, _count, ById);
        return _batch.AsMemory(0, _count);
    }

    /// <summary>One transaction with these entries of the batch, and its span. What it makes the current activity ends with this method.</summary>
    public async Task<bool> CommitAsync(ReadOnlyMemory<PendingEntry> entries, CancellationToken cancellationToken)
    {
        using Activity? span = StartSpan(entries.Span);
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
        using Activity? span = StartSpan(entries.Span);
        await connection.CommitAsync(ReadOnlyMemory<PendingEntry>.Empty, cancellationToken);
        return true;
    }

    /// <summary>Leaves an entry for the next batch: one of this batch was before it.</summary>
    public void Defer(PendingEntry entry) => _deferred.Add(entry);

    /// <summary>Releases the batch, except what is left for the next.</summary>
    public void Release()
    {
        Array.Clear(_batch, 0, _count);
        _deferred.CopyTo(_batch);
        _count = _deferred.Count;
        _deferred.Clear();
    }

    /// <summary>Releases everything without a commit, and returns it.</summary>
    public PendingEntry[] Abandon()
    {
        PendingEntry[] all = [.. _batch.AsSpan(0, _count), .. _deferred];
        _deferred.Clear();
        Release();
        return all;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>
    /// Places the transaction in the trace of the first item it commits. The span is current until the calling async method returns; null without a recorded item: then the driver
    /// has no spans either.
    /// </summary>
    private Activity? StartSpan(ReadOnlySpan<PendingEntry> entries)
    {
        Activity? parent = null;
        List<ActivityLink>? links = null;
        foreach (PendingEntry pending in entries)
        {
            if (pending.Entry.Trace is not { Recorded: true } trace)
                continue;

            if (parent is null)
                parent = trace;
            else if ((links ??= []).Count < MaxLinks)
                links.Add(new ActivityLink(trace.Context));
            else
                break;
        }

        return parent is null ? null : IngestionActivity.Source.StartActivity(
            IngestionActivity.CommitBatch, ActivityKind.Internal, parent.Context, [new(TagNames.RunId, runId.ToString()), new(TagNames.BatchSize, entries.Length)], links);
    }
}
