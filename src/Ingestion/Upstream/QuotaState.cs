namespace Ingestion.Upstream;

/// <summary>
/// How many more requests the upstream takes before its quota is renewed, as its answers tell. Of those in flight nobody knows whether they are
/// counted in it, so each counts as if it were not. Not thread-safe; the gate's lock guards it.
/// </summary>
/// <param name="longest">However late a quota is renewed: after this long without an answer it is asked again.</param>
internal sealed class QuotaState(TimeSpan longest)
{
    /// <summary>Whole seconds are rounded: answers that speak of the same moment may differ by one.</summary>
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(1);

    private long _left;
    private long? _limit;
    private int _mostInFlight;
    private TimeSpan _renewedAt;

    /// <summary>Whether there is one to be obeyed.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Until when what is left counts.</summary>
    public TimeSpan Until { get; private set; }

    /// <summary>Takes in what an answer announced.</summary>
    /// <param name="quota">What it announced.</param>
    /// <param name="inFlight">Requests that have no answer yet, and the one that has.</param>
    /// <param name="now">The time.</param>
    /// <returns>How long nothing may be asked; null when there is something left.</returns>
    public TimeSpan? Hear(Quota quota, int inFlight, TimeSpan now)
    {
        // Answers come in another order than they were counted in: until it is renewed, the least counts. What has risen by more than that explains is another quota.
        TimeSpan renewedAt = now + quota.ResetIn;
        _mostInFlight = Math.Max(_mostInFlight, inFlight);
        bool isSame = IsKnown && now < _renewedAt && renewedAt - Rounding <= _renewedAt && quota.Remaining <= _left + _mostInFlight;
        if (!isSame)
            (_mostInFlight, _left, _renewedAt) = (inFlight, quota.Remaining, renewedAt);
        else if (renewedAt > _renewedAt)
            _renewedAt = renewedAt;

        _left = Math.Min(_left, quota.Remaining);
        _limit = quota.Limit ?? _limit;
        IsKnown = true;
        Until = _renewedAt - now < longest ? _renewedAt : now + longest;
        return _left == 0 ? Until - now : null;
    }

    /// <summary>Whether one more may go.</summary>
    /// <param name="inFlight">Requests that have no answer yet.</param>
    /// <param name="now">The time.</param>
    public bool Allows(int inFlight, TimeSpan now)
    {
        // Renewed: as many as there are each time, until an answer tells how many that leaves.
        if (IsKnown && now >= Until)
            (IsKnown, _left, _renewedAt, Until) = (_limit > 0, _limit ?? 0, default, TimeSpan.MaxValue);
        return !IsKnown || inFlight < _left;
    }
}
