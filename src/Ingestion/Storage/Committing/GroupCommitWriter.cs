namespace Ingestion.Storage.Committing;

/// <summary>
/// Commits whatever is waiting when the last commit returned, without a timer: a batch grows by itself when commits are slow or items are many.
/// What is in the way of a batch is the business of <see cref="PatientCommitter"/>. When much is waiting although a transaction is under way, a second one takes it, over a
/// connection of its own. It has no patience: what it cannot commit at the first attempt goes back into the queue, for the first.
/// </summary>
internal sealed class GroupCommitWriter : IOutcomeWriter
{
    /// <summary>How long disposal waits for the next commit before it drops what is queued.</summary>
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(5);

    /// <summary>Entries that are worth a second transaction: fewer would only make the batches smaller (docs/adr/003).</summary>
    private const int WorthASecond = 256;

    /// <summary>No capacity: every item in flight has at most one entry here, and those are bounded by the degree of parallelism. Many items write, one or two transactions read.</summary>
    private readonly Channel<PendingEntry> _queue = Channel.CreateUnbounded<PendingEntry>();

    private readonly EntryOrder _order = new();
    private readonly Action? _taken;
    private readonly CancellationToken _askedToGiveUp;
    private readonly CancellationTokenSource _giveUp;
    private readonly Guid _runId;
    private readonly Committer _first;
    /// <summary>Null: there is one transaction at a time.</summary>
    private readonly Committer? _second;
    private readonly PatientCommitter _patient;
    private readonly StorageHealth _health;
    private readonly IngestionMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _helpLock = new();
    private Task _loop = Task.CompletedTask;
    private Task _help = Task.CompletedTask;
    private volatile bool _isClosed;
    private volatile Exception? _fault;
    private long _commits;
    private long _commitsBeforeHelp = -1;

    public GroupCommitWriter(
        Guid runId, Committer first, Committer? second, OutageGuard outages, StorageHealth health, IngestionMetrics metrics, TimeProvider time, ILogger logger,
        Action? taken, CancellationToken giveUp)
    {
        (_runId, _first, _second, _health, _metrics) = (runId, first, second, health, metrics);
        (_time, _logger, _taken, _askedToGiveUp) = (time, logger, taken, giveUp);
        _giveUp = CancellationTokenSource.CreateLinkedTokenSource(giveUp);
        _patient = new PatientCommitter(first, outages, entries => Complete(entries.Span, first), logger, _giveUp.Token);
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
        if (_isClosed || (_order.Add(pending) && !_queue.Writer.TryWrite(pending)))
            Fault(pending, _fault ?? new ObjectDisposedException(nameof(IOutcomeWriter)));
        else if (_second is not null && _queue.Reader.Count >= WorthASecond)
            Help(_second);
        return pending.Task;
    }

    /// <summary>Commits what is queued, then stops. A database that is away at this point is given 5 s, and what is still queued then fails.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closing = CloseAsync();
        while (!_loop.IsCompleted && !_giveUp.IsCancellationRequested)
        {
            long before = Interlocked.Read(ref _commits);
            await Task.WhenAny(_loop, Task.Delay(ClosingPatience, _time));
            if (!_loop.IsCompleted && Interlocked.Read(ref _commits) == before)
                await _giveUp.CancelAsync();
        }

        await closing;
        await _loop;
        _giveUp.Dispose();
    }

    /// <summary>Takes no more entries, and closes the queue when the second transaction will give nothing back any more.</summary>
    private async Task CloseAsync()
    {
        Task help;
        lock (_helpLock)
        {
            _isClosed = true;
            help = _help;
        }

        await help;
        _queue.Writer.TryComplete();
    }

    private async Task RunAsync()
    {
        try
        {
            while (_first.HasLeftOver || await _queue.Reader.WaitToReadAsync())
            {
                ReadOnlyMemory<PendingEntry> entries = _first.Take(_queue.Reader);
                try
                {
                    if (!entries.IsEmpty)
                        await _patient.CommitAsync(entries);
                }
                catch (Exception exception)
                {
                    Fault(exception);
                }
                _first.Release();
            }
        }
        finally
        {
            await CloseAsync();
            await _first.DisposeAsync();
            if (_second is not null)
                await _second.DisposeAsync();
        }
    }

    /// <summary>Starts the second transaction unless it is under way, or has failed and the first has not succeeded since.</summary>
    private void Help(Committer second)
    {
        lock (_helpLock)
        {
            if (_isClosed || !_help.IsCompleted || Interlocked.Read(ref _commits) == _commitsBeforeHelp)
                return;

            using (ExecutionContext.SuppressFlow())
                _help = Task.Run(() => HelpAsync(second));
        }
    }

    private async Task HelpAsync(Committer second)
    {
        while (second.HasLeftOver || _queue.Reader.Count >= WorthASecond)
        {
            ReadOnlyMemory<PendingEntry> entries = second.Take(_queue.Reader);
            try
            {
                if (!entries.IsEmpty)
                    await OutageGuard.AttemptAsync(token => second.CommitAsync(entries, token), _giveUp.Token);
            }
            catch (Exception)
            {
                // Whatever it is, the first transaction meets it too, and waits, halves, dead-letters or says that it is a defect.
                _commitsBeforeHelp = Interlocked.Read(ref _commits);
                foreach (PendingEntry entry in second.Abandon())
                {
                    if (!_queue.Writer.TryWrite(entry))
                        Fault(entry, _fault!);
                }
                return;
            }

            _patient.Learn(entries);
            Complete(entries.Span, second);
            second.Release();
        }
    }

    private void Complete(ReadOnlySpan<PendingEntry> entries, Committer committer)
    {
        Interlocked.Increment(ref _commits);
        _metrics.BatchCommitted(entries.Length);
        foreach (PendingEntry entry in entries)
        {
            entry.Complete();
            if (_order.Remove(entry) is { } next)
                committer.Defer(next);
        }
    }

    /// <summary>Nothing more can be written. Entries without an outcome are done again when the run is resumed.</summary>
    private void Fault(Exception exception)
    {
        if (exception is RunTakenUpException)
        {
            StorageLog.RunTakenUp(_logger, _runId);
            _taken?.Invoke();
        }

        if (_askedToGiveUp.IsCancellationRequested)
        {
            _fault ??= new OperationCanceledException("The run ended while PostgreSQL did not answer", _askedToGiveUp);
        }
        else if (_giveUp.IsCancellationRequested)
        {
            _fault ??= new ObjectDisposedException(nameof(IOutcomeWriter), "The writer was closed while PostgreSQL did not answer");
        }
        else
        {
            bool isExplained = exception is IngestionConfigurationException or IngestionUnavailableException;
            _fault ??= isExplained ? exception : new InvalidOperationException($"PostgreSQL cannot store outcomes: {exception.Message}", exception);
            _health.ReportUnreachable(_fault.Message);
            StorageLog.WriterFaulted(_logger, isExplained ? null : _fault, _runId, _fault.Message);
        }

        _queue.Writer.TryComplete();
        int given = 0;
        foreach (PendingEntry entry in _first.Abandon())
            given += Fault(entry, _fault);
        while (_queue.Reader.TryRead(out PendingEntry? pending))
            given += Fault(pending, _fault);

        if (_giveUp.IsCancellationRequested)
            StorageLog.WriterGaveUp(_logger, _runId, given);
    }

    /// <summary>Ends the wait of an entry, and of those whose turn would come after it. Returns how many they are.</summary>
    private int Fault(PendingEntry entry, Exception exception)
    {
        int count = 0;
        for (PendingEntry? waiting = entry; waiting is not null; waiting = _order.Remove(waiting))
            count += waiting.TrySetException(exception) ? 1 : 0;
        return count;
    }
}
