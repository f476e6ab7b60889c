using System.Diagnostics;

namespace Ingestion.Upstream;

/// <summary>
/// Whether the upstream may be bothered: a circuit breaker that also obeys <c>Retry-After</c>. A gate that has closed lets one probe
/// through when its time is over; the probe's result opens it, or closes it for longer. Not thread-safe; the gate's lock guards it.
/// </summary>
internal sealed class GateState
{
    /// <summary>Failures in a row, without a success between, that close the gate. Above the default of <c>Upstream:MaxAttempts</c>, so that one bad item alone does not.</summary>
    public const int FailureThreshold = 10;

    /// <summary>The first pause after <see cref="FailureThreshold"/> failures; it doubles with every failed probe.</summary>
    public static readonly TimeSpan MinPause = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest pause between two probes, unless the upstream asks for more.</summary>
    public static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(30);

    private TimeSpan _nextPause = MinPause;

    public bool IsOpen { get; private set; } = true;

    public bool IsProbeOut { get; private set; }

    /// <summary>When the gate was closed, while it is.</summary>
    public TimeSpan ClosedAt { get; private set; }

    /// <summary>When a probe may go, while the gate is closed.</summary>
    public TimeSpan ReopensAt { get; private set; }

    /// <summary>Failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>
    /// Whether the next probe asks for a character that got an answer before. Every other one does: an item that keeps failing must not hold
    /// the gate closed, and neither must a character that answered once and never will again.
    /// </summary>
    public bool IsCanaryNext { get; private set; } = true;

    public bool IsProbeDue(TimeSpan now) => !IsOpen && !IsProbeOut && now >= ReopensAt;

    public void StartProbe(TimeSpan now)
    {
        Debug.Assert(IsProbeDue(now), "One probe at a time, and only when the pause is over.");
        IsProbeOut = true;
    }

    /// <summary>The probe never got an answer of its own; somebody else must go.</summary>
    public void AbortProbe()
    {
        Debug.Assert(IsProbeOut, "Only the probe that is out can be aborted.");
        IsProbeOut = false;
    }

    public GateTransition Succeed(GatePass pass, TimeSpan now)
    {
        if (pass.IsProbe)
            return EndProbe(now);

        // An attempt that started before the gate closed has nothing to say about how things are now.
        if (IsOpen)
            Failures = 0;
        return default;
    }

    public GateTransition Fail(GatePass pass, FetchFailure failure, TimeSpan now)
    {
        TimeSpan requested = failure.RetryAfter ?? TimeSpan.Zero;
        bool speaksOfUpstream = requested > TimeSpan.Zero || SpeaksOfAvailability(failure);
        if (pass.IsProbe)
        {
            if (!speaksOfUpstream)
                return EndProbe(now); // An unwelcome answer is an answer.

            IsProbeOut = false;
            IsCanaryNext = !IsCanaryNext;
            return Close(requested > _nextPause ? requested : DoublePause(), now);
        }

        if (!IsOpen)
        {
            if (now + requested > ReopensAt && requested > TimeSpan.Zero)
                ReopensAt = now + requested;
            return default;
        }

        if (requested > TimeSpan.Zero)
            return Close(requested, now);

        return speaksOfUpstream && ++Failures >= FailureThreshold ? Close(DoublePause(), now) : default;
    }

    // 500 is what an application answers when it stumbles over this one request; 502, 503 and 504 are about the server as a whole.
    private static bool SpeaksOfAvailability(FetchFailure failure) => Recoverability.IsTransient(failure.Kind) && failure.StatusCode != 500;

    private TimeSpan DoublePause()
    {
        TimeSpan pause = _nextPause;
        _nextPause = pause * 2 < MaxPause ? pause * 2 : MaxPause;
        return pause;
    }

    private GateTransition Close(TimeSpan pause, TimeSpan now)
    {
        if (IsOpen)
            ClosedAt = now;
        IsOpen = false;
        ReopensAt = now + pause > ReopensAt ? now + pause : ReopensAt;
        return new GateTransition(ClosedFor: ReopensAt - now);
    }

    private GateTransition EndProbe(TimeSpan now)
    {
        Debug.Assert(IsProbeOut && !IsOpen, "Only the probe that is out can end.");
        IsProbeOut = false;

        // Meanwhile an older attempt may have brought a Retry-After that is not over yet.
        if (now < ReopensAt)
            return default;

        IsOpen = true;
        IsCanaryNext = true;
        Failures = 0;
        _nextPause = MinPause;
        return new GateTransition(ReopenedAfter: now - ClosedAt);
    }
}
