namespace TestSupport.Otlp;

/// <summary>A data point.</summary>
/// <param name="Value">The value of a gauge or sum; the sum of a histogram.</param>
/// <param name="Count">How many measurements a histogram has; 0 for the others.</param>
/// <param name="Attributes">What sets the point apart from others of the metric.</param>
/// <param name="TimeNanoseconds">When it was taken, since 1970.</param>
public sealed record ReceivedPoint(double Value, ulong Count, IReadOnlyDictionary<string, object?> Attributes, ulong TimeNanoseconds)
{
    /// <summary>The traces that a histogram's exemplars belong to; empty for the others.</summary>
    public IReadOnlyList<string> ExemplarTraces { get; init; } = [];
}
