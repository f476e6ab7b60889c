using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;

namespace Ingestion.Tests.Concurrency.Adaptive;

/// <summary>An upstream with a hidden capacity, and a client with more work than that, in made-up time: no thread, no clock, the same every time.</summary>
internal sealed class SimulatedBackend(int capacity, bool rejects, int seed = 1)
{
    private readonly PriorityQueue<(double Began, AttemptResult Result, int Items, bool IsRead), double> _ends = new();
    private readonly Random _random = new(seed);
    private double _now;
    private int _served;
    private double _coreFreeAt;

    public int Capacity { get; set; } = capacity;

    /// <summary>Without congestion, for one item.</summary>
    public double Latency { get; set; } = 0.05;

    /// <summary>How long a rejection takes.</summary>
    public double RejectionSeconds { get; init; } = 0.001;

    /// <summary>How many items a request is for.</summary>
    public Func<int> Items { get; init; } = () => 1;

    /// <summary>The share of answers that are 503 for no reason.</summary>
    public double ErrorRate { get; set; }

    /// <summary>What a rejection asks for; nobody obeys.</summary>
    public TimeSpan Pause { get; init; }

    /// <summary>No answer comes at all.</summary>
    public bool IsSilent { get; set; }

    /// <summary>How long the client's one core is busy with an answer, by the number of requests in flight; an answer waits for it. Null: not at all.</summary>
    public Func<int, double>? ReadSeconds { get; set; }

    /// <summary>What the client's core was busy.</summary>
    public TimeSpan CoreTime { get; private set; }

    public int Answered { get; private set; }

    public int Rejected { get; private set; }

    public int MostInFlight { get; private set; }

    /// <summary>What the best fixed degree of parallelism would have been answered in a round trip.</summary>
    public double BestPerRoundTrip => Math.Min(Capacity, ReadSeconds is { } read ? Latency / read(Capacity) : Capacity);

    /// <summary>Lets this many uncongested round trips go by, and counts anew.</summary>
    /// <returns>Answers as a share of the most there can be.</returns>
    public double Run(AdaptiveLimiter limiter, int roundTrips) => Run(limiter, () => limiter.Limit, roundTrips);

    /// <summary>The same for any limiter there may be.</summary>
    public double Run(IConcurrencyFeedback limiter, Func<int> limit, int roundTrips)
    {
        (Answered, Rejected, MostInFlight) = (0, 0, 0);
        double end = _now + (roundTrips * Latency);
        while (_now < end)
        {
            while (_ends.Count < limit())
                Start(limiter);
            _ends.TryDequeue(out (double Began, AttemptResult Result, int Items, bool IsRead) ended, out _now);
            if (ended.Result != AttemptResult.Rejected && !ended.IsRead)
                _served--;
            if (ReadSeconds is { } read && !ended.IsRead)
            {
                double took = read(_ends.Count + 1);
                CoreTime += TimeSpan.FromSeconds(took);
                _coreFreeAt = Math.Max(_coreFreeAt, _now) + took;
                _ends.Enqueue(ended with { IsRead = true }, _coreFreeAt);
                continue;
            }

            if (ended.Result == AttemptResult.Answered)
                Answered++;
            if (ended.Result == AttemptResult.Rejected)
                Rejected++;
            limiter.Ended(TimeSpan.FromSeconds(_now), new AttemptEnd(ended.Result, TimeSpan.FromSeconds(_now - ended.Began), ended.Items, ended.Result == AttemptResult.Rejected ? Pause : default));
        }

        return Answered / (BestPerRoundTrip * roundTrips);
    }

    private void Start(IConcurrencyFeedback limiter)
    {
        int items = Items();
        int inFlight = _served + 1;
        MostInFlight = Math.Max(MostInFlight, _ends.Count + 1);
        limiter.Started(TimeSpan.FromSeconds(_now));

        // Up to 20 % either way, and with more items longer, as a server that reads each of them would be.
        double latency = Latency * (0.8 + (0.4 * _random.NextDouble())) * (1 + (0.05 * (items - 1)));
        AttemptResult result = AttemptResult.Answered;
        if (IsSilent)
            (latency, result) = (10 * Latency, AttemptResult.Lost);
        else if (_random.NextDouble() < ErrorRate || (rejects && inFlight > Capacity))
            (latency, result) = (RejectionSeconds, AttemptResult.Rejected);
        else if (inFlight > Capacity)
            latency *= (double)inFlight / Capacity;
        if (result != AttemptResult.Rejected)
            _served++;
        _ends.Enqueue((_now, result, items, false), _now + latency);
    }
}
