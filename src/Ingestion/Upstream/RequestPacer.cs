namespace Ingestion.Upstream;

/// <summary>
/// Spaces requests evenly: the generic cell rate algorithm in its virtual scheduling form
/// (ITU-T I.371, annex A; https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm). Not thread-safe; the gate's lock guards it.
/// </summary>
internal sealed class RequestPacer(double requestsPerSecond, TimeSpan now)
{
    // Timers tick about once a millisecond and wake late. A request may be this early against its exact time, so that what a late
    // timer lost is made up for; at rates under 100 a second it is less than one request.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(10);

    private readonly TimeSpan _interval = TimeSpan.FromSeconds(1 / requestsPerSecond);
    private TimeSpan _theoretical = now;

    public double RequestsPerSecond { get; } = requestsPerSecond;

    /// <summary>When the next request may start.</summary>
    public TimeSpan NextAt => _theoretical - Tolerance;

    /// <summary>Takes the next place in the schedule, if its time has come.</summary>
    public bool TryTake(TimeSpan now)
    {
        if (now < NextAt)
            return false;

        Take(now);
        return true;
    }

    /// <summary>Takes the next place in the schedule, whether its time has come or not.</summary>
    public void Take(TimeSpan now) => _theoretical = (now > _theoretical ? now : _theoretical) + _interval;
}
