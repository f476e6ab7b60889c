using Ingestion.Records;
using Ingestion.Runs.Recording;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>One item in an attempt: its span, its record, and how it ends. Used by one thread at a time.</summary>
internal sealed class ItemAttempt
{
    private readonly Run _run;
    private readonly AttemptRecord _record;
    private readonly long _startedAt;
    private StageTimes _times;
    private ItemEnd _end;
    private long _handedOverAt;
    private Activity? _persist;
    private CommittedOutcome? _committed;

    public ItemAttempt(Run run, WorkItem item, int slot)
    {
        (_run, Item) = (run, item);
        item.Attempts++;
        _startedAt = run.TimeProvider.GetTimestamp();
        int thread = run.Threads.SeeCurrentThread();
        Span = new ItemSpan(run, item, slot, run.TimeProvider.GetElapsedTime(item.EnqueuedAt, _startedAt));
        _record = run.Recent.Begin(item, slot, _startedAt, thread, run.IsSlotHeldToTheEnd, Span.TraceId);
    }

    public WorkItem Item { get; }

    public ItemSpan Span { get; }

    /// <summary>When the request was sent whose answer it is.</summary>
    public DateTimeOffset FetchedAt { get; set; }

    /// <summary>Whether it has come to an end that is stored.</summary>
    public bool IsToStore => _end.Outcome is not null;

    /// <summary>The commit of what was handed over; null before, and when there was nothing to store.</summary>
    public Task<CommittedOutcome>? Commit { get; private set; }

    public ItemRecovery Recovery => new(_run, Item);

    /// <summary>Begins a stage, with its span current until the scope is disposed of.</summary>
    /// <param name="spanName">Null for a stage without a separate span.</param>
    public StageScope Begin(Stage stage, string? spanName = null)
    {
        _record.BeginStage(stage, _run.TimeProvider.GetTimestamp(), _run.Threads.SeeCurrentThread());
        return new StageScope(this, Span.Start(spanName));
    }

    public void End(StageScope scope)
    {
        (Stage stage, long begin) = _record.Ending;
        if (scope.Span is null)
            Span.Enter(); // What is measured belongs to it.
        TimeSpan took = _run.Clock.Stop(stage, begin, out long end);
        _record.EndStage(end, _run.Threads.SeeCurrentThread());
        if (stage != Stage.Persist)
            _times = _times.With(stage, took);
        Span.Stop(scope.Span);
    }

    /// <summary>The request of another attempt was this one's too, and so was the time it took.</summary>
    public void Share(ItemAttempt other) => _times = other._times;

    public void Conclude(ItemEnd end)
    {
        _end = end;
        if (end.RetryAfter is { } delay)
            _run.Services.Logger.AttemptFailed(Item.Key, Item.Attempts, end.Reason!, delay);
    }

    /// <summary>The attempt ends before its request: the item was only looked at again.</summary>
    public void ConcludeWithoutRequest(ItemEnd end)
    {
        _record.Attempt = --Item.Attempts;
        Conclude(end);
    }

    /// <summary>Puts the item off for a failure that says nothing about it.</summary>
    /// <param name="requestLimit">How many items may share its next one.</param>
    public void TryAgain(FetchFailure failure, int requestLimit, TimeSpan delay)
    {
        Item.RequestLimit = requestLimit;
        Conclude(ItemEnd.Retry(failure.Reason, delay));
    }

    /// <summary>Checks and fingerprints the record. The transformer promises not to throw. Should it, one record must not end a run of millions.</summary>
    /// <param name="body">The record.</param>
    /// <param name="entityTag">The entity tag it came with, or null.</param>
    /// <param name="answer">What it is in.</param>
    public void Transform(ReadOnlyMemory<byte> body, string? entityTag, FetchResult answer)
    {
        using StageScope stage = Begin(Stage.Transform, IngestionActivity.Transform);
        TransformResult result;
        try
        {
            result = _run.Services.Transformer.Transform(Item.Key, body);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            _run.Services.Logger.TransformThrew(exception, Item.Key);
            result = new TransformResult(null, $"the record could not be transformed: {exception.GetType().Name}");
        }

        if (result.Record is { } record)
            Conclude(ItemEnd.Store(record, entityTag));
        else
            Reject(result.Rejection!, body, answer);
        if (result.Rejection is { } rejection)
            stage.Span?.SetStatus(ActivityStatusCode.Error, rejection);
    }

    /// <summary>The item fails for what is in the answer.</summary>
    public void Reject(string reason, ReadOnlyMemory<byte> body, FetchResult answer) =>
        Conclude(ItemEnd.Fail(reason, answer.Response is { } response ? new AnswerExcerpt(response, body) : null));

    /// <summary>Hands the end of the item to the writer, if there is something to store.</summary>
    public void Enqueue()
    {
        if (_end.Outcome is not { } outcome)
            return;

        _handedOverAt = _run.TimeProvider.GetTimestamp();
        _persist = Span.Start(IngestionActivity.Persist);
        Commit = _run.Writer.WriteAsync(new OutcomeEntry
        {
            Key = Item.Key,
            Job = Item.Source.Job,
            Attempts = Item.Attempts,
            Record = _end.Record,
            FetchedAt = FetchedAt,
            EntityTag = _end.EntityTag,
            OutcomeWithoutRecord = outcome,
            Error = _end.Reason,
            Answer = _end.Answer?.ToJson(_run.UpstreamOptions),
            Trace = _run.Traces.HaveStages ? _persist : null,
        });
        Span.Leave();
    }

    /// <summary>What was handed over is committed: lets its source know.</summary>
    public Task SettleAsync(CommittedOutcome committed)
    {
        _times = _times.With(Stage.Persist, _run.TimeProvider.GetElapsedTime(_handedOverAt));
        _committed = committed;
        if (committed.Outcome is Outcome.Failed)
        {
            Span.Enter();
            _run.Services.Logger.ItemFailed(Item.Key, Item.Attempts, committed.Error);
        }

        Span.Stop(_persist);
        // What is committed is done, even if the source does not hear of it: then it delivers the item again.
        return _run.Services.Source.SettleAsync(Item.Source, committed.Outcome, committed.Error).AsTask();
    }

    /// <summary>Ends the attempt on the calling thread: the item has its outcome, is tried again, or was given back.</summary>
    public void End()
    {
        Span.Stop(_persist);
        Outcome? outcome = _committed?.Outcome;
        string? error = _committed is { } committed ? committed.Error : _end.Reason;
        long endedAt = _run.TimeProvider.GetTimestamp();
        _record.Finish(endedAt, _run.Threads.SeeCurrentThread(), outcome, error);
        Item.PreviousEnd = endedAt;
        _run.Recorder?.Add(_record);
        _run.Recent.End(_record);
        string? name = outcome is { } value ? Enum.GetName(value) : null;
        TimeSpan took = _run.TimeProvider.GetElapsedTime(_startedAt, endedAt);
        Span.Enter();
        _run.Metrics.AttemptEnded(took);
        Span.End(name, error, _times, _run.Slowest.IsSlow(took));
        if (_run.Slowest.MayHave(took))
            _run.Slowest.Add(new SlowAttempt(Item.Key, Item.Attempts, took, _times, error, Span.TraceId));
        if (outcome is { } known)
        {
            _run.Tally.Add(known);
            _run.Cpu.ItemEnded();
            _run.Metrics.ItemEnded(name!);
            _run.Queue.Ended(Item);
        }
        else if (_end.RetryAfter is { } delay)
        {
            if (Item.Refusal is null)
            {
                _run.Tally.AddRetry();
                _run.Metrics.Retried();
            }

            _run.Queue.RetryLater(Item, delay);
        }
    }
}
