namespace Worker.Comparing.Scaling;

/// <summary>Where a quantity lies with a confidence of 95 %.</summary>
internal readonly record struct Interval(double Low, double High);
