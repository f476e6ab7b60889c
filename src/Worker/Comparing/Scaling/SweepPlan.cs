namespace Worker.Comparing.Scaling;

/// <summary>What is to be swept.</summary>
/// <param name="Measuring">How each measurement is made, and how often.</param>
/// <param name="Strategies">Each with a series of its own.</param>
/// <param name="Degrees">At which degrees of parallelism, at first.</param>
/// <param name="RequestsPerSecond">The configured rate limit; null = none.</param>
/// <param name="ItemsPerRequest">Items that are fetched together.</param>
internal sealed record SweepPlan(ComparisonPlan Measuring, IReadOnlyList<string> Strategies, IReadOnlyList<int> Degrees, double? RequestsPerSecond, int ItemsPerRequest);
