namespace UpstreamSimulator;

/// <summary>How the simulated API behaves, as <see cref="Settings.SettingTable"/> explains it. Immutable: replace it as a whole while the simulator runs.</summary>
public sealed record SimulatorOptions
{
    public int Seed { get; init; } = 1;
    public int Characters { get; init; } = 826;
    public IdRanges Revised { get; init; } = IdRanges.None;
    public TimeSpan Latency { get; init; }
    public TimeSpan LatencyJitter { get; init; }
    public int? Capacity { get; init; }
    public int? RejectAbove { get; init; }
    public int? Quota { get; init; }
    public TimeSpan QuotaWindow { get; init; } = TimeSpan.FromMinutes(1);
    public TimeSpan? RetryAfter { get; init; }
    public FaultRates ErrorRates { get; init; } = FaultRates.None;
    public FaultPlan Faults { get; init; } = FaultPlan.None;
    public TimeSpan SlowBody { get; init; } = TimeSpan.FromSeconds(30);
    public int OversizeBytes { get; init; } = 2 * 1024 * 1024;
    public Uri RedirectTo { get; init; } = new("http://other-host.invalid/");
    public string Token { get; init; } = "open-sesame";
    public TimeSpan TokenLifetime { get; init; } = TimeSpan.FromHours(1);
    public int? RepeatPage { get; init; }
}
