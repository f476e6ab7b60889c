namespace Ingestion.Upstream;

/// <summary>
/// Whether the upstream may be bothered: a circuit breaker that also obeys <c>Retry-After</c>. A gate that has closed lets one probe
/// through when its time is over; the probe's result opens it, or closes it for longer. Not thread-safe; the gate's lock guards it.
/// </summary>
/// <param name="startupTimeout">How long to wait for an upstream that has not answered once.</param>
/// <param name="refusalTimeout">How long to wait for an upstream that refuses everything.</param>
internal sealed class GateState(TimeSpan startupTimeout, TimeSpan refusalTimeout)
{
    /// <summary>Failures in a row, without a success between, that close the gate. Above the default of <c>Upstream:MaxAttempts</c>, so that one bad item alone does not.</summary>
    public const int FailureThreshold = 10;

    private const int MaxMany = 640;

    /// <summary>The first pause after <see cref="FailureThreshold"/> failures; it doubles with every failed probe.</summary>
    public static readonly TimeSpan MinPause = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause between two probes, unless the upstream asks for more.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    // Refusals without an answer between them, by kind. How many are many doubles when somebody was answered after all: a long range of items that are refused costs few questions.
    private readonly Dictionary<(FetchFailureKind Kind, int? Status), int> _refusals = [];
    private int _many = FailureThreshold;
    private TimeSpan _nextPause = MinPause;
    private bool _isAnnounced;
    private bool _hasSucceeded;
    private bool _hasAnswered;
    private TimeSpan? _silentSince;
    private TimeSpan? _refusedSince;

    public bool IsOpen { get; private set; } = true;

    public bool IsProbeOut { get; private set; }

    /// <summary>When the gate was closed, while it is.</summary>
    public TimeSpan ClosedAt { get; private set; }

    /// <summary>When a probe may go, while the gate is closed.</summary>
    public TimeSpan ReopensAt { get; private set; }

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>Whether a success would change anything at an open gate.</summary>
    public bool HasUseForSuccess => Failures > 0 || _refusals.Count > 0 || !_hasSucceeded;

    /// <summary>Everything is refused: until something is answered the gate stays closed, and no item is to blame.</summary>
    public bool IsRefused => _refusedSince is not null;

    /// <summary>How often it has turned out that everything is refused.</summary>
    public int TimesRefused { get; private set; }

    /// <summary>
    /// Whether the next probe asks for an item that got an answer before. Every other one does: an item that keeps failing must not hold
    /// the gate closed, and neither must an item that answered once and never will again.
    /// </summary>
    public bool IsCanaryNext { get; private set; } = true;

    // When the wait is over.
    private TimeSpan Deadline => (_refusedSince + refusalTimeout) ?? (_hasAnswered ? null : _silentSince + startupTimeout) ?? TimeSpan.MaxValue;

    public bool IsProbeDue(TimeSpan now) => !IsOpen && !IsProbeOut && now >= ReopensAt;

    public void StartProbe(TimeSpan now)
    {
        Debug.Assert(IsProbeDue(now), "One probe at a time, and only when the pause is over.");
        IsProbeOut = true;
    }

    /// <summary>The probe never got an answer; somebody else must go.</summary>
    public void AbortProbe()
    {
        Debug.Assert(IsProbeOut, "Only the probe that is out can be aborted.");
        IsProbeOut = false;
    }

    /// <summary>Closes the gate until a probe has asked whether anybody is answered; without a pause.</summary>
    public void Doubt(TimeSpan now)
    {
        if (IsOpen)
            Close(TimeSpan.Zero, now);
    }

    /// <summary>Closes the gate because nothing may be asked for a time, as the upstream announced; false when it was closed before.</summary>
    public bool TryPause(TimeSpan pause, TimeSpan now)
    {
        (bool wasOpen, bool wasAnnounced) = (IsOpen, _isAnnounced);
        Close(pause, now);
        (_isAnnounced, IsCanaryNext) = (wasAnnounced, IsCanaryNext && !wasOpen);
        return wasOpen;
    }

    public GateTransition Succeed(GatePass pass, TimeSpan now)
    {
        _hasSucceeded = _hasAnswered = true;

        // An attempt that started before the gate closed has nothing to say about how things are now.
        if (!pass.IsProbe && !IsOpen)
            return default;

        Failures = 0;
        _many = _refusals.Values.Any(count => count >= _many) ? Math.Min(_many * 2, MaxMany) : _many;
        _refusals.Clear();
        _refusedSince = null;
        return pass.IsProbe ? EndProbe(now) : default;
    }

    public GateTransition Fail(GatePass pass, FetchFailure failure, TimeSpan now)
    {
        _hasAnswered |= !failure.IsSilence;
        _silentSince ??= now;
        GateTransition transition = pass.IsProbe ? FailProbe(pass, failure, now) : FailAttempt(failure, now);
        return now < Deadline ? transition : IsRefused && failure.IsRefusal ? transition with { GivenUp = $"has refused everything for {refusalTimeout} (Upstream:RefusalTimeout)" }
            : !_hasAnswered ? transition with { GivenUp = $"has not answered once in {startupTimeout} (Upstream:StartupTimeout)" } : transition;
    }

    // 500 is what an application answers when it stumbles over this one request; 502, 503 and 504 are about the server as a whole.
    private static bool SpeaksOfAvailability(FetchFailure failure) => failure.AsksForPause || (Recoverability.IsTransient(failure) && failure.StatusCode != 500);

    private GateTransition FailProbe(GatePass pass, FetchFailure failure, TimeSpan now)
    {
        bool isRefusal = failure.IsRefusal && (AreMany(failure) || IsRefused || pass.Canary is not null || IsPlain(failure));
        if (!isRefusal && !IsRefused && !SpeaksOfAvailability(failure))
            return EndProbe(now); // An unwelcome answer is an answer.

        IsProbeOut = false;
        IsCanaryNext = !IsCanaryNext;
        return isRefusal ? Refuse(failure, now) : Close(Longer(failure.RetryAfter, NextPause(now)), now);
    }

    private GateTransition FailAttempt(FetchFailure failure, TimeSpan now)
    {
        if (!IsOpen)
        {
            if (failure.AsksForPause)
                ReopensAt = Longer(ReopensAt, now + failure.RetryAfter!.Value);
            return default;
        }

        bool areMany = failure.IsRefusal && AreMany(failure);
        if (failure.AsksForPause)
        {
            // Whoever is next is let in by an upstream that counts requests; a canary would use up its place.
            IsCanaryNext = false;
            return Close(failure.RetryAfter!.Value, now);
        }

        if (failure.IsRefusal && (IsPlain(failure) || (areMany && !_hasSucceeded)))
            return Refuse(failure, now);
        if (areMany)
            Doubt(now);
        return SpeaksOfAvailability(failure) && ++Failures >= FailureThreshold ? Close(NextPause(now), now) : default;
    }

    // One look is enough, unless the same client has been answered.
    private bool IsPlain(FetchFailure failure) => failure.IsAboutClient && !_hasSucceeded;

    // Counts it as well.
    private bool AreMany(FetchFailure refusal) =>
        (_refusals[(refusal.Kind, refusal.StatusCode)] = _refusals.GetValueOrDefault((refusal.Kind, refusal.StatusCode)) + 1) >= _many;

    private GateTransition Refuse(FetchFailure failure, TimeSpan now)
    {
        bool isNew = !IsRefused;
        if (isNew)
        {
            _refusedSince = now;
            TimesRefused++;
            _refusals.Clear();
            _many = FailureThreshold;
        }

        Close(Longer(failure.RetryAfter, NextPause(now)), now);
        _isAnnounced = true;
        return new GateTransition(IsRefused: isNew);
    }

    // It doubles each time; the last one ends when the patience does.
    private TimeSpan NextPause(TimeSpan now)
    {
        TimeSpan pause = _nextPause;
        _nextPause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        TimeSpan left = Deadline - now;
        return left > TimeSpan.Zero && left < pause ? left : pause;
    }

    private static TimeSpan Longer(TimeSpan? one, TimeSpan other) => one > other ? one.Value : other;

    private GateTransition Close(TimeSpan pause, TimeSpan now)
    {
        if (IsOpen)
            ClosedAt = now;
        IsOpen = false;
        ReopensAt = Longer(ReopensAt, now + pause);
        _isAnnounced |= pause > TimeSpan.Zero;
        return new GateTransition(ClosedFor: ReopensAt - now);
    }

    private GateTransition EndProbe(TimeSpan now)
    {
        Debug.Assert(IsProbeOut && !IsOpen, "Only the probe that is out can end.");
        IsProbeOut = false;

        // Meanwhile an older attempt may have brought a Retry-After that is not over yet.
        if (now < ReopensAt)
            return default;

        bool isAnnounced = _isAnnounced;
        IsOpen = true;
        IsCanaryNext = true;
        Failures = 0;
        _isAnnounced = false;
        _nextPause = MinPause;
        return isAnnounced ? new GateTransition(ReopenedAfter: now - ClosedAt) : default;
    }
}
