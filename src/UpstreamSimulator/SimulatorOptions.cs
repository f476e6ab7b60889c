using UpstreamSimulator.Faults;

namespace UpstreamSimulator;

/// <summary>How the simulated API behaves. Immutable: replace it as a whole while the simulator runs.</summary>
public sealed record SimulatorOptions
{
    /// <summary>Everything made up or decided by chance follows from this.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How many characters there are, with IDs from 1; also the parts, the orders, and the things with those that are missing.</summary>
    public int Characters { get; init; } = 826;

    /// <summary>IDs whose record differs from what it was at first.</summary>
    public IdRanges Revised { get; init; } = IdRanges.None;

    /// <summary>How long every request takes before it is answered.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Up to this much is added to the latency, evenly spread.</summary>
    public TimeSpan LatencyJitter { get; init; }

    /// <summary>With more requests than this in flight latency grows in proportion, so that throughput stays at capacity / latency.</summary>
    public int? Capacity { get; init; }

    /// <summary>With more requests than this in flight the newcomer is answered 429, at once.</summary>
    public int? RejectAbove { get; init; }

    /// <summary>How many requests are taken in a window, as every answer announces with X-RateLimit headers; the others are answered 429. Null for no quota.</summary>
    public int? Quota { get; init; }

    /// <summary>How long a window of the quota is; one begins with the first request after the last has ended.</summary>
    public TimeSpan QuotaWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The Retry-After sent with 429 and 503 unless a fault has its own; null sends none.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Faults that strike by chance.</summary>
    public FaultRates ErrorRates { get; init; } = FaultRates.None;

    /// <summary>Faults laid down for certain IDs; they go before <see cref="ErrorRates"/>.</summary>
    public FaultPlan Faults { get; init; } = FaultPlan.None;

    /// <summary>How long the body of <see cref="FaultKind.Slow"/> takes.</summary>
    public TimeSpan SlowBody { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the body of <see cref="FaultKind.Oversize"/> is.</summary>
    public int OversizeBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Where <see cref="FaultKind.Redirect"/> leads; the path of the request is appended.</summary>
    public Uri RedirectTo { get; init; } = new("http://other-host.invalid/");

    /// <summary>A bearer token for the parts that never expires.</summary>
    public string Token { get; init; } = "open-sesame";

    /// <summary>How long tokens count that were handed out, those from before a change included.</summary>
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The page of a list whose link to the next one leads back to it; null for none.</summary>
    public int? RepeatPage { get; init; }
}
