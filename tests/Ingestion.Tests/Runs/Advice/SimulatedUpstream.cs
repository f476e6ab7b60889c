namespace Ingestion.Tests.Runs.Advice;

/// <summary>The upstream of a <see cref="SimulatedRun"/>, and the gate before it.</summary>
internal sealed class SimulatedUpstream(Work work)
{
    private const double Refusal = 5;

    private int _passed;
    private double _next;

    /// <summary>When a request that comes now may pass the gate.</summary>
    public double PassAt(double now)
    {
        double pass = now;
        if (work.Rate is { } rate)
            pass = _next = Math.Max(now, _next + (1_000 / rate));
        if (work.Quota is { } quota)
            pass = Math.Max(pass, _passed++ / quota.Requests * quota.Window);
        return work.Closed is { } closed && pass >= closed.From && pass < closed.To ? closed.To : pass;
    }

    /// <summary>How long an answer takes while so many others are awaited. It depends on the item alone, from three quarters to five quarters of the average.</summary>
    public double Answer(SimulatedAttempt attempt, int others)
    {
        attempt.IsRefused = others >= work.Refuses;
        double chance = (uint)(attempt.Ids[0] * 2_654_435_761) / (double)uint.MaxValue;
        double slower = Math.Max(1, (others + 1.0) / work.Capacity);
        return attempt.IsRefused ? Refusal : (work.Fetch * (slower - 0.25 + (chance / 2))) + attempt.Ids.Max(work.Extra) + (attempt.IsFirst ? work.StartUp : 0);
    }
}
