namespace Ingestion.Upstream;

/// <summary>
/// Keeps retries a small share of all requests, so that an upstream in trouble is not hit harder for being in trouble. Over the last ten seconds
/// they are at most <c>Upstream:RetryRatio</c> of the requests, yet <c>Upstream:MinRetriesPerSecond</c> in any case. Safe from any thread.
/// </summary>
internal sealed class RetryBudget(IOptions<UpstreamOptions> options, TimeProvider time)
{
    private const int Window = 10;

    private readonly double _ratio = options.Value.RetryRatio;
    private readonly int _minimum = options.Value.MinRetriesPerSecond;
    private readonly long _origin = time.GetTimestamp();

    // One place for each second of the window; the lock guards them and the second.
    private readonly Lock _lock = new();
    private readonly int[] _requests = new int[Window];
    private readonly double[] _retries = new double[Window];
    private long _second;

    public void AddRequest()
    {
        lock (_lock)
            _requests[MoveToNow()]++;
    }

    /// <summary>Whether one more retry may be made now; if so, it counts.</summary>
    /// <param name="share">How much of a request it is: 1, or less when several items share one.</param>
    public bool TryTakeRetry(double share = 1)
    {
        lock (_lock)
        {
            int now = MoveToNow();
            if (_ratio < 1 && _retries[now] >= _minimum && _retries.Sum() >= _ratio * _requests.Sum())
                return false;

            _retries[now] += share;
            return true;
        }
    }

    // The place of this second; what has left the window is forgotten.
    private int MoveToNow()
    {
        long second = (long)time.GetElapsedTime(_origin).TotalSeconds;
        for (long entered = Math.Max(_second + 1, second - Window + 1); entered <= second; entered++)
        {
            _requests[entered % Window] = 0;
            _retries[entered % Window] = 0;
        }

        _second = second;
        return (int)(second % Window);
    }
}
