namespace Worker.Reports.Pictures;

/// <summary>How the rate of a strategy follows its degree of parallelism, as the page's script reads it.</summary>
/// <param name="Points">Four numbers each: the degree, and the items per second in the median, at least and at most.</param>
/// <param name="Law">Points of the fitted curve, a degree and a rate each; none where no law holds.</param>
/// <param name="Ceilings">A name and a rate each.</param>
/// <param name="Peak">From where on it gets slower; null if that was not seen.</param>
internal sealed record ScalingCurve(string Name, IEnumerable<double[]> Points, IEnumerable<double[]> Law, IEnumerable<object[]> Ceilings, int Suggested, int? Peak);
