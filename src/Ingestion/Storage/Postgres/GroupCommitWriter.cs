using System.Diagnostics;
using System.Threading.Channels;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Commits whatever is waiting when the last commit returned, without a timer: a batch grows by itself when commits are slow or items are many.
/// A batch is repeated while the database is away, and halved while it takes longer than PostgreSQL allows or until a row that it rejects is alone.
/// </summary>
internal sealed class GroupCommitWriter : IOutcomeWriter
{
    /// <summary>How long disposal waits for the next commit before it gives up what is queued.</summary>
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(5);

    /// <summary>No capacity: every item in flight has at most one entry here, and those are bounded by the degree of parallelism. Many items write, the loop reads.</summary>
    private readonly Channel<PendingEntry> _queue = Channel.CreateUnbounded<PendingEntry>(new UnboundedChannelOptions { SingleReader = true });

    private readonly CancellationTokenSource _giveUp;
    private readonly Guid _runId;
    private readonly Batch _batch;
    private readonly CommitConnection _connection;
    private readonly OutageGuard _outages;
    private readonly StorageHealth _health;
    private readonly IngestionMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task _loop = Task.CompletedTask;
    private volatile Exception? _fault;
    private long _commits;

    public GroupCommitWriter(
        Guid runId, int maxBatchSize, CommitConnection connection, OutageGuard outages, StorageHealth health, IngestionMetrics metrics, TimeProvider time, ILogger logger,
        CancellationToken giveUp)
    {
        _runId = runId;
        _batch = new Batch(maxBatchSize);
        _connection = connection;
        _outages = outages;
        _health = health;
        _metrics = metrics;
        _time = time;
        _logger = logger;
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
    }

    public GroupCommitWriter Start()
    {
        // The loop outlives the activity that happens to be current here.
        using (ExecutionContext.SuppressFlow())
            _loop = Task.Run(RunAsync);
        return this;
    }

    public Task<CommittedOutcome> WriteAsync(OutcomeEntry entry)
    {
        var pending = new PendingEntry(entry);
        if (!_queue.Writer.TryWrite(pending))
            pending.Fault(_fault ?? new ObjectDisposedException(nameof(IOutcomeWriter)));
        return pending.Task;
    }

    /// <summary>Commits what is queued, then stops. A database that is away at this point is given 5 s, and what is still queued then fails.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        while (!_loop.IsCompleted && !_giveUp.IsCancellationRequested)
        {
            long before = Interlocked.Read(ref _commits);
            await Task.WhenAny(_loop, Task.Delay(ClosingPatience, _time));
            if (!_loop.IsCompleted && Interlocked.Read(ref _commits) == before)
                await _giveUp.CancelAsync();
        }

        await _loop;
        _giveUp.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (_batch.IsBegun || await _queue.Reader.WaitToReadAsync())
            {
                while (!_batch.IsFull && _queue.Reader.TryRead(out PendingEntry? pending))
                    _batch.Add(pending);

                ReadOnlyMemory<PendingEntry> entries = _batch.Seal();
                try
                {
                    await CommitAsync(entries);
                }
                catch (Exception exception)
                {
                    Fault(entries, exception);
                }
                _batch.Clear();
            }
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task CommitAsync(ReadOnlyMemory<PendingEntry> entries)
    {
        try
        {
            await _outages.RunAsync(token => TransactAsync(entries, token), exception => IsTooMuch(entries, exception), _giveUp.Token);
        }
        catch (Exception exception) when (IsTooMuch(entries, exception))
        {
            StorageLog.BatchTimedOut(_logger, entries.Length, PostgresErrors.Describe(exception));
            await CommitHalvesAsync(entries);
            return;
        }
        catch (Exception exception) when (PostgresErrors.IsRejection(exception))
        {
            if (entries.Length > 1)
                await CommitHalvesAsync(entries);
            else
                await DeadLetterAsync(entries, exception);
            return;
        }

        Interlocked.Increment(ref _commits);
        _metrics.BatchCommitted(entries.Length);
        foreach (PendingEntry entry in entries.Span)
            entry.Complete();
    }

    /// <summary>The server is there, but ended the transaction because of its time limit: waiting would not help, fewer rows may. A single row has to wait.</summary>
    private bool IsTooMuch(ReadOnlyMemory<PendingEntry> entries, Exception exception) =>
        entries.Length > 1 && PostgresErrors.IsTimeout(exception) && _connection.IsOpen;

    private async Task CommitHalvesAsync(ReadOnlyMemory<PendingEntry> entries)
    {
        await CommitAsync(entries[..(entries.Length / 2)]);
        await CommitAsync(entries[(entries.Length / 2)..]);
    }

    private async Task DeadLetterAsync(ReadOnlyMemory<PendingEntry> entries, Exception rejection)
    {
        PendingEntry rejected = entries.Span[0];
        string problem = PostgresErrors.Describe(rejection);
        if (!rejected.TryReject("PostgreSQL rejected the row: " + problem))
            throw new InvalidOperationException($"PostgreSQL does not even store that it rejected character {rejected.Entry.CharacterId}: {problem}", rejection);

        StorageLog.RowRejected(_logger, rejected.Entry.CharacterId, problem);
        await CommitAsync(entries);
    }

    /// <summary>One transaction and its span. What it makes the current activity ends with this method.</summary>
    private async Task<bool> TransactAsync(ReadOnlyMemory<PendingEntry> entries, CancellationToken cancellationToken)
    {
        using Activity? span = CommitSpan.Start(entries.Span, _runId);
        try
        {
            await _connection.CommitAsync(entries, cancellationToken);
            return true;
        }
        catch (Exception exception)
        {
            span?.SetStatus(ActivityStatusCode.Error, PostgresErrors.Describe(exception));
            throw;
        }
    }

    /// <summary>Nothing more can be written. Entries without an outcome are done again when the run is resumed.</summary>
    private void Fault(ReadOnlyMemory<PendingEntry> entries, Exception exception)
    {
        if (_giveUp.IsCancellationRequested)
        {
            _fault ??= new ObjectDisposedException(nameof(IOutcomeWriter), "The writer was closed while PostgreSQL did not answer");
        }
        else
        {
            _fault ??= new InvalidOperationException($"PostgreSQL cannot store outcomes: {PostgresErrors.Describe(exception)}", exception);
            _health.ReportUnreachable(PostgresErrors.Describe(exception));
            StorageLog.WriterFaulted(_logger, _fault, _runId);
        }

        _queue.Writer.TryComplete();
        int given = entries.Length;
        foreach (PendingEntry entry in entries.Span)
            entry.Fault(_fault);
        for (; _queue.Reader.TryRead(out PendingEntry? pending); given++)
            pending.Fault(_fault);

        if (_giveUp.IsCancellationRequested)
            StorageLog.WriterGaveUp(_logger, _runId, given);
    }
}
