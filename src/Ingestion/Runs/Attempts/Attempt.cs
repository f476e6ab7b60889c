using Ingestion.Concurrency;
using Ingestion.Records;
using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>
/// One attempt at one item or several, in one slot: gate → fetch → delay → transform → persist. Several have one pass of the gate and one request, which the
/// first one's span carries; then each is a separate item again, with its own record, outcome and span. What goes wrong with an item is a value; what is thrown is
/// cancellation or a defect. Used by one thread at a time.
/// </summary>
internal sealed class Attempt : IItemAttempt
{
    private readonly Run _run;
    private readonly ItemAttempt[] _items;
    /// <summary>An answer with something to transform.</summary>
    private FetchResult? _answer;
    private BodyShare? _share;

    public Attempt(Run run, WorkItem[] items, int slot)
    {
        _run = run;
        _items = new ItemAttempt[items.Length];
        for (int i = 0; i < items.Length; i++)
            _items[i] = new ItemAttempt(run, items[i], slot);
    }

    private ItemAttempt First => _items[0];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FetchAsync(bool async, CancellationToken abort)
    {
        First.Span.Enter();
        // An item that was refused comes alone.
        if ((First.Recovery.FindRefused() ?? First.Recovery.LookAgain()) is { } known)
        {
            First.ConcludeWithoutRequest(known);
            return;
        }

        GatedRequest request = new(_run, First);
        (GatePass? entered, FetchFailure? refusal) = await request.PassGateAsync(async, abort);
        if (entered is not { } pass)
        {
            foreach (ItemAttempt item in refusal is null ? [] : _items)
                item.Conclude(item.Recovery.Postpone(refusal!));
            return;
        }

        if (First.Recovery.FindRefused() is { } refused)
        {
            _run.Gate.ReportAborted(pass);
            First.ConcludeWithoutRequest(refused);
            return;
        }

        DateTimeOffset now = _run.Services.RequestClock.Now;
        foreach (ItemAttempt item in _items)
            item.FetchedAt = now;
        FetchResult answer = await request.SendAsync(pass, Ask(), async, abort);
        _share = answer.Share;
        foreach (ItemAttempt item in _items)
            item.Span.Answered(answer.StatusCode);
        foreach (ItemAttempt item in _items.AsSpan(1))
            item.Span.LinkTo(request.Span);
        if (_items is [var alone])
            Judge(alone, answer, request, pass.IsProbe);
        else
            JudgeGroup(answer, pass.IsProbe);
        if (_run.Options.Delay > TimeSpan.Zero)
            await request.DelayAsync(async, abort);
        foreach (ItemAttempt item in _items.AsSpan(1))
            item.Share(First);
    }

    public void Transform()
    {
        if (_answer is not { } answer)
            return;

        _answer = null;
        if (_items is [var alone])
            alone.Transform(answer.Body, answer.EntityTag, answer);
        else
            Distribute(answer);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask PersistAsync(bool async, CancellationToken abort)
    {
        if (!Array.Exists(_items, static item => item.IsToStore))
            return;

        using StageScope stage = First.Begin(Stage.Persist);
        foreach (ItemAttempt item in _items)
            item.Enqueue();
        foreach (ItemAttempt item in _items)
        {
            if (item.Commit?.WaitAsync(abort) is not { } commit)
                continue;

            Task settled = item.SettleAsync(async ? await commit : commit.GetAwaiter().GetResult()).WaitAsync(abort);
            if (!async)
                settled.GetAwaiter().GetResult();
            await settled;
        }
    }

    public void End()
    {
        _share?.Dispose();
        foreach (ItemAttempt item in _items)
            item.End();
    }

    private FetchRequest Ask() => _items is [var alone]
        ? new FetchRequest(alone.Item.Key, alone.Recovery.TimeLeft) { EntityTag = alone.Item.EntityTag }
        : new FetchRequest(First.Item.Key, _items.Min(item => item.Recovery.TimeLeft)) { Several = Array.ConvertAll(_items, item => item.Item.Key) };

    private void Judge(ItemAttempt alone, FetchResult answer, GatedRequest request, bool isProbe)
    {
        if (answer.Failure is { } failure)
            alone.Conclude(alone.Recovery.Decide(failure, isProbe, request.Took, request.TimesRefusedBefore));
        else if (answer.IsMissing || answer.IsNotModified)
            alone.Conclude(ItemEnd.Store(answer.IsMissing ? Outcome.NotFound : Outcome.Unchanged));
        else
            _answer = answer;
    }

    /// <summary>
    /// A request for several that fails says nothing about any single item, so it is not counted: its items try again in requests of half the size, until the one
    /// that spoils it is alone.
    /// </summary>
    private void JudgeGroup(FetchResult answer, bool isProbe)
    {
        if (answer.Failure is not { } failure)
        {
            if (!answer.IsMissing && !answer.Body.IsEmpty)
                _answer = answer;
            else
                TryAgainInHalves(new FetchFailure(FetchFailureKind.UnexpectedResponse, "no array of records came back"), jitter: 0);
            return;
        }

        double jitter = Random.Shared.NextDouble();
        bool isPutOff = Recoverability.IsTransient(failure) && !Recoverability.IsCounted(failure, isProbe);
        if (!(isPutOff && !IsPutOffAlone()) && !(failure.IsRefusal && _run.Gate.IsRefused))
        {
            TryAgainInHalves(failure, jitter);
            return;
        }

        foreach (ItemAttempt item in _items)
            item.TryAgain(failure, _items.Length, Recoverability.Postpone(failure, item.Item.CountedFailures, jitter).Delay);
    }

    // Whether this group is put off again and again while others are answered: one of its items must be the cause.
    private bool IsPutOffAlone()
    {
        (long Answered, long PutOff) counts = _run.Requests.Counts;
        _run.Requests.PutOff();
        foreach (ItemAttempt item in _items)
            item.Item.PutOffs.Add(counts);
        if (!First.Item.PutOffs.AreItsOwn(_run.UpstreamOptions.MaxAttempts))
            return false;

        foreach (ItemAttempt item in _items)
            item.Item.PutOffs.Forget();
        return true;
    }

    private void TryAgainInHalves(FetchFailure failure, double jitter)
    {
        TimeSpan delay = Recoverability.IsTransient(failure) ? failure.RetryAfter ?? Recoverability.BackOff(1, jitter) : TimeSpan.Zero;
        foreach (ItemAttempt item in _items)
            item.TryAgain(failure, (_items.Length + 1) / 2, delay);
    }

    /// <summary>Gives each item its part of the answer. What is not in it does not exist, unless the answer holds something nobody asked for: then it is asked for alone.</summary>
    private void Distribute(FetchResult answer)
    {
        RecordList array;
        using (First.Begin(Stage.Transform))
            array = RecordList.Split(_run.Services.Transformer.Resource, answer.Body);
        if (array.Problem is { } problem)
        {
            TryAgainInHalves(new FetchFailure(FetchFailureKind.UnexpectedResponse, problem), jitter: 0);
            return;
        }

        bool isComplete = array.AllAreOf(_items.Select(item => item.Item.Key));
        foreach (ItemAttempt item in _items)
        {
            if (array.Find(item.Item.Key) is { } record)
                Transform(item, record, answer);
            else if (isComplete)
                item.Conclude(ItemEnd.Store(Outcome.NotFound));
            else
                item.TryAgain(new FetchFailure(FetchFailureKind.UnexpectedResponse, "the answer for several items does not tell which record is whose"), requestLimit: 1, TimeSpan.Zero);
        }
    }

    private void Transform(ItemAttempt item, ReadOnlyMemory<byte> record, FetchResult answer)
    {
        if (record.Length <= _run.UpstreamOptions.MaxResponseBytes)
            item.Transform(record, entityTag: null, answer);
        else
            item.Reject(FetchFailures.TooLarge(_run.UpstreamOptions.MaxResponseBytes).Reason, record, answer);
    }
}
