namespace Worker.Comparing.Scaling;

/// <summary>One measurement: a degree of parallelism, and the items per second it came to.</summary>
internal readonly record struct RateAt(int Degree, double ItemsPerSecond);
