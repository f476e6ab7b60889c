namespace UpstreamSimulator.Http;

/// <summary>Counts requests against a quota, window after window, and announces what is left.</summary>
internal sealed class QuotaMeter(TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _ends;
    private int _taken;

    /// <summary>Counts a request; false when it is beyond the quota.</summary>
    public bool TryTake(int quota, TimeSpan window, IHeaderDictionary headers)
    {
        int taken;
        double reset;
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (now >= _ends)
                (_ends, _taken) = (now + window, 0);
            (taken, reset) = (++_taken, Math.Ceiling((_ends - now).TotalSeconds));
        }

        headers["X-RateLimit-Limit"] = quota.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = Math.Max(0, quota - taken).ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Reset"] = reset.ToString(CultureInfo.InvariantCulture);
        return taken <= quota;
    }
}
