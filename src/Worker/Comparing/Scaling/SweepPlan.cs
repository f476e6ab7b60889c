namespace Worker.Comparing.Scaling;

/// <summary>What is to be swept.</summary>
/// <param name="Degrees">At which degrees of parallelism, at first.</param>
/// <param name="RequestsPerSecond">The configured rate limit; null = none.</param>
internal sealed record SweepPlan(ComparisonPlan Measuring, IReadOnlyList<string> Strategies, IReadOnlyList<int> Degrees, double? RequestsPerSecond, int ItemsPerRequest);
