using Ingestion.Items;
using System.Diagnostics;
using Ingestion.Records;
using Ingestion.Concurrency;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>
/// One attempt at several characters, in one slot: one pass of the gate and one request for all of them, then each is an item of its own again, with its
/// own record, outcome and span. The first one's attempt carries the request. A request that fails says nothing about any single item, so it
/// is not counted: its items try again in requests of half the size, until the one that spoils it is alone. Used by one thread at a time.
/// </summary>
internal sealed class GroupAttempt : IItemAttempt
{
    private readonly RunContext _run;
    private readonly ItemAttempt[] _members;
    private readonly ItemAttempt _first;
    private ReadOnlyMemory<byte> _body;
    private DateTimeOffset _fetchedAt;
    private BodyShare? _share;

    public GroupAttempt(RunContext run, WorkItem[] items, int slot)
    {
        Debug.Assert(items.Length > 1, "An item alone needs no group.");
        _run = run;
        _members = Array.ConvertAll(items, item => new ItemAttempt(run, item, slot));
        _first = _members[0];
    }

    public void Fetch(CancellationToken abort) => FetchAsync(async: false, abort).AsTask().GetAwaiter().GetResult();

    public ValueTask FetchAsync(CancellationToken abort) => FetchAsync(async: true, abort);

    public void Transform()
    {
        if (_body.IsEmpty)
            return;

        _first.Activity.Begin(Stage.Transform);
        var array = RecordList.Split(_run.Transformer.Resource, _body);
        _body = default;
        _first.Activity.End();
        if (array.Problem is { } problem)
        {
            TryAgainInHalves(new FetchFailure(FetchFailureKind.UnexpectedResponse, problem), jitter: 0);
            return;
        }

        bool isComplete = array.AllAreOf(_members.Select(member => member.Item.Key));
        foreach (ItemAttempt member in _members)
        {
            Distribute(member, array, isComplete);
            member.Transform();
        }
    }

    public void Persist(CancellationToken abort) => PersistAsync(async: false, abort).AsTask().GetAwaiter().GetResult();

    public ValueTask PersistAsync(CancellationToken abort) => PersistAsync(async: true, abort);

    public void End()
    {
        _share?.Dispose();
        foreach (ItemAttempt member in _members)
            member.End();
    }

    private async ValueTask FetchAsync(bool async, CancellationToken abort)
    {
        _first.Trace.MakeCurrent();
        GatedRequest request = new(_run, _first.Trace, _first.Activity);
        (GatePass? entered, FetchFailure? refusal) = await request.PassGateAsync(async, abort);
        if (entered is not { } pass)
        {
            foreach (ItemAttempt member in _members)
            {
                if (refusal is null)
                    member.GiveBack();
                else
                    member.Postpone(refusal);
            }

            return;
        }

        ItemKey[] ids = Array.ConvertAll(_members, member => member.Item.Key);
        TimeSpan timeLeft = _members.Min(member => member.TimeLeft);
        _fetchedAt = _run.TimeProvider.GetUtcNow();
        (FetchResult result, _) = await request.SendAsync(pass, ids[0], timeLeft, async, abort, several: ids);
        _share = result.Share;
        foreach (ItemAttempt member in _members.AsSpan(1))
            member.Trace.LinkTo(request.Span);

        if (result.Failure is { } failure)
            Recover(failure, pass.IsProbe);
        else if (result.IsMissing || result.Body.IsEmpty)
            TryAgainInHalves(new FetchFailure(FetchFailureKind.UnexpectedResponse, "no array of characters came back"), jitter: 0);
        else
            _body = result.Body;
        if (_run.Delay > TimeSpan.Zero)
        {
            await ArtificialDelay.WaitAsync(_run, _first.Trace, _first.Activity, async, abort);
            request.EndDelay();
        }
    }

    /// <summary>Gives an item its part of the answer. What is not in it does not exist, unless the answer holds something nobody asked for: then it is asked for alone.</summary>
    private void Distribute(ItemAttempt member, RecordList array, bool isComplete)
    {
        if (array.Find(member.Item.Key) is { } record)
            member.Receive(record.Length <= _run.MaxRecordBytes ? FetchResult.Found(record) : FetchResult.Failed(FetchFailures.TooLarge(_run.MaxRecordBytes)), _fetchedAt);
        else if (isComplete)
            member.Receive(FetchResult.Missing(), _fetchedAt);
        else
            member.TryAgain(new FetchFailure(FetchFailureKind.UnexpectedResponse, "the answer for several characters does not tell which record is whose"), requestLimit: 1, AtOnce());
    }

    private void Recover(FetchFailure failure, bool isProbe)
    {
        double jitter = Random.Shared.NextDouble();
        bool isPutOff = Recoverability.IsTransient(failure) && !Recoverability.IsCounted(failure, isProbe);
        if ((isPutOff && !IsPutOffAlone()) || (failure.IsRefusal && _run.Gate.IsRefused))
        {
            foreach (ItemAttempt member in _members)
                member.TryAgain(failure, _members.Length, Recoverability.Postpone(failure, member.Item.CountedFailures, jitter));
        }
        else
        {
            TryAgainInHalves(failure, jitter);
        }
    }

    // Whether this group is put off again and again while others are answered: one of its items must be the cause.
    private bool IsPutOffAlone()
    {
        (long Answered, long PutOff) counts = _run.Requests.Counts;
        _run.Requests.PutOff();
        foreach (ItemAttempt member in _members)
            member.Item.PutOffs.Add(counts);
        if (!_first.Item.PutOffs.AreItsOwn(_run.MaxAttempts))
            return false;

        foreach (ItemAttempt member in _members)
            member.Item.PutOffs.Forget();
        return true;
    }

    private void TryAgainInHalves(FetchFailure failure, double jitter)
    {
        RecoverabilityAction action = Recoverability.IsTransient(failure)
            ? new RecoverabilityAction(IsRetry: true, failure.RetryAfter ?? Recoverability.BackOff(1, jitter), IsCounted: false)
            : AtOnce();
        foreach (ItemAttempt member in _members)
            member.TryAgain(failure, (_members.Length + 1) / 2, action);
    }

    private static RecoverabilityAction AtOnce() => new(IsRetry: true, TimeSpan.Zero, IsCounted: false);

    private async ValueTask PersistAsync(bool async, CancellationToken abort)
    {
        _first.Activity.Begin(Stage.Persist);
        foreach (ItemAttempt member in _members)
            member.Enqueue();
        foreach (ItemAttempt member in _members)
            await member.SettleAsync(async, abort);
        _first.Activity.End();
    }
}
