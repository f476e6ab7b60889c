using System.Diagnostics;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Concurrency;
using Ingestion.Runs.Recording;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>
/// One attempt at one character: gate → fetch → delay → transform → persist. What goes wrong with an item is a value that travels along;
/// what is thrown is cancellation or a defect. The blocking and the non-blocking form of a stage are one method: with <c>async: false</c>
/// its task is complete when it returns. Used by one thread at a time.
/// </summary>
internal sealed class ItemAttempt : IItemAttempt
{
    private readonly RunContext _run;
    private readonly WorkItem _item;
    private readonly ItemRecovery _recovery;
    private readonly AttemptTrace _trace;
    private readonly AttemptActivity _activity;
    private readonly AttemptRecord? _notes;
    private readonly long _startedAt;
    private FetchResult _fetched;
    private DateTimeOffset _fetchedAt;
    private BodyShare? _share;
    private ItemRecord? _record;
    private string? _entityTag;
    private string? _failure;
    private RecoverabilityAction? _retry;
    private Outcome? _outcome;
    private bool _isGivenBack;
    private Activity? _persist;
    private Task<CommittedOutcome>? _commit;

    public ItemAttempt(RunContext run, WorkItem item, int slot)
    {
        _run = run;
        _item = item;
        _item.Attempts++;
        _recovery = new ItemRecovery(run, item);
        _startedAt = run.TimeProvider.GetTimestamp();
        int thread = run.Threads.SeeCurrentThread();
        _trace = new AttemptTrace(run, item, slot, run.TimeProvider.GetElapsedTime(item.EnqueuedAt, _startedAt));
        _notes = run.Recorder is null ? null : new AttemptRecord { Item = item, Slot = slot, Begin = _startedAt, BeginThread = thread };
        _activity = new AttemptActivity(slot, item.Key, run.Clock, run.Threads, _notes);
        run.InFlight.Add(_activity);
    }

    public WorkItem Item => _item;

    public AttemptTrace Trace => _trace;

    public AttemptActivity Activity => _activity;

    /// <summary>What is left of the time the item may take in HTTP.</summary>
    public TimeSpan TimeLeft => _recovery.TimeLeft;

    public void Fetch(CancellationToken abort) => FetchAsync(async: false, abort).AsTask().GetAwaiter().GetResult();

    public ValueTask FetchAsync(CancellationToken abort) => FetchAsync(async: true, abort);

    public void Transform()
    {
        if (_isGivenBack || _fetched.IsMissing || _fetched.IsNotModified || _fetched.Failure is not null)
            return;

        _activity.Begin(Stage.Transform);
        using (_trace.Enter())
        using (Activity? span = _trace.StartSpan(IngestionActivity.Transform))
        {
            TransformResult result = TransformGuard.Transform(_run, _item.Key, _fetched.Body);
            _record = result.Record;
            _failure = result.Rejection;
            _entityTag = _fetched.EntityTag;
            _fetched = default;
            if (_failure is not null)
                span?.SetStatus(ActivityStatusCode.Error, _failure);
        }

        _activity.End();
    }

    public void Persist(CancellationToken abort) => PersistAsync(async: false, abort).AsTask().GetAwaiter().GetResult();

    public ValueTask PersistAsync(CancellationToken abort) => PersistAsync(async: true, abort);

    /// <summary>Takes over what a request for several brought for this item. The transform stage goes on from there.</summary>
    public void Receive(FetchResult part, DateTimeOffset fetchedAt)
    {
        _fetchedAt = fetchedAt;
        _fetched = part;
        _failure = part.Failure?.Reason;
    }

    /// <summary>Gives the item back as if it had not begun: reading stopped.</summary>
    public void GiveBack() => _isGivenBack = true;

    /// <summary>Puts the item off for a failure that says nothing about it.</summary>
    /// <param name="failure">What happened to the request it was part of.</param>
    /// <param name="requestLimit">How many items may share its next one.</param>
    /// <param name="action">When to try again.</param>
    public void TryAgain(FetchFailure failure, int requestLimit, RecoverabilityAction action)
    {
        _item.RequestLimit = requestLimit;
        CarryOut(new Verdict(failure, action, failure.Reason));
    }

    /// <summary>Puts the item off: the request was not made.</summary>
    public void Postpone(FetchFailure refusal) => CarryOut(_recovery.Postpone(refusal));

    /// <summary>Hands the end of the item to the writer, if it has come to one.</summary>
    public void Enqueue()
    {
        if (_isGivenBack || _retry is not null)
            return;

        using (_trace.Enter())
        {
            _persist = _trace.StartSpan(IngestionActivity.Persist);
            _commit = _run.Writer.WriteAsync(Entry(_persist));
        }
    }

    /// <summary>Waits for the commit of what was handed over, and for its source to hear of it.</summary>
    public async ValueTask SettleAsync(bool async, CancellationToken abort)
    {
        if (_commit is not { } commit)
            return;

        CommittedOutcome committed = async ? await commit.WaitAsync(abort) : commit.WaitAsync(abort).GetAwaiter().GetResult();
        AttemptTrace.Stop(_persist);
        _outcome = committed.Outcome;
        _failure = committed.Error;
        if (_outcome is Outcome.Failed)
            _run.Logger.ItemFailed(_item.Key, _item.Attempts, _failure);

        // What is committed is done, even if the source does not hear of it: then it delivers the item again.
        Task settled = _run.Source.SettleAsync(_item.Source, committed.Outcome, committed.Error).AsTask().WaitAsync(abort);
        if (async)
            await settled;
        else
            settled.GetAwaiter().GetResult();
    }

    public void End()
    {
        _share?.Dispose();
        AttemptTrace.Stop(_persist);
        _run.InFlight.Remove(_activity);
        _run.Threads.SeeCurrentThread();
        string? error = _retry is null ? _failure : _fetched.Failure?.Reason;
        _trace.End(_outcome, error);
        _run.Metrics.AttemptEnded(_run.TimeProvider.GetElapsedTime(_startedAt));
        if (_notes is not null)
            _run.Recorder?.Add(_notes, _outcome, error);

        if (_outcome is { } outcome)
        {
            _run.Tally.Add(outcome);
            _run.Cpu.ItemEnded();
            _run.Metrics.ItemEnded(outcome.ToString());
            _run.Queue.Ended(_item);
        }
        else if (_retry is { } retry)
        {
            if (_item.Refusal is null)
            {
                _run.Tally.AddRetry();
                _run.Metrics.Retried();
            }

            _run.Queue.RetryLater(_item, retry.Delay);
        }
    }

    private async ValueTask FetchAsync(bool async, CancellationToken abort)
    {
        _trace.MakeCurrent();
        if ((_recovery.FindRefused() ?? _recovery.LookAgain()) is { } known)
        {
            EndWithoutRequest(known);
            return;
        }

        GatedRequest request = new(_run, _trace, _activity);
        (GatePass? entered, FetchFailure? refusal) = await request.PassGateAsync(async, abort);
        if (entered is not { } pass)
        {
            if (refusal is null)
                GiveBack();
            else
                Postpone(refusal);
            return;
        }

        if (_recovery.FindRefused() is { } refused)
        {
            _run.Gate.ReportAborted(pass);
            EndWithoutRequest(refused);
            return;
        }

        _fetchedAt = _run.TimeProvider.GetUtcNow();
        (_fetched, TimeSpan took) = await request.SendAsync(pass, _item.Key, TimeLeft, async, abort, _item.EntityTag);
        _share = _fetched.Share;
        if (_fetched.Failure is { } failure)
            CarryOut(_recovery.Decide(failure, pass.IsProbe, took, request.TimesRefusedBefore));
        if (_run.Delay > TimeSpan.Zero)
        {
            await ArtificialDelay.WaitAsync(_run, _trace, _activity, async, abort);
            request.EndDelay();
        }
    }

    private void EndWithoutRequest(Verdict verdict)
    {
        _item.Attempts--; // It was only looked at again.
        CarryOut(verdict);
    }

    private void CarryOut(Verdict verdict)
    {
        _fetched = FetchResult.Failed(verdict.Failure);
        _retry = verdict.Action.IsRetry ? verdict.Action : null;
        _failure = verdict.Action.IsRetry ? null : verdict.Reason;
        if (_retry is { } retry)
            _run.Logger.AttemptFailed(_item.Key, _item.Attempts, verdict.Reason, retry.Delay);
    }

    private async ValueTask PersistAsync(bool async, CancellationToken abort)
    {
        if (_isGivenBack || _retry is not null)
            return;

        _activity.Begin(Stage.Persist);
        Enqueue();
        await SettleAsync(async, abort);
        _activity.End();
    }

    private OutcomeEntry Entry(Activity? span) => new()
    {
        Key = _item.Key,
        Job = _item.Source.Job,
        Attempts = _item.Attempts,
        Record = _record,
        EntityTag = _entityTag,
        FetchedAt = _fetchedAt,
        OutcomeWithoutRecord = _fetched.IsMissing ? Outcome.NotFound : _fetched.IsNotModified ? Outcome.Unchanged : Outcome.Failed,
        Error = _failure,
        Trace = span ?? _trace.Current,
    };
}
