namespace Worker.Hosting;

/// <summary>
/// Keeps the first traces that start in each second: a small run is traced whole, and a fast one sends a steady, bounded stream.
/// Decides about roots; wrap it in a <see cref="ParentBasedSampler"/>, so that the other spans follow theirs.
/// </summary>
internal sealed class FirstTracesPerSecondSampler(Func<int> maxTracesPerSecond, SpanCounts counts, TimeProvider timeProvider) : Sampler
{
    private readonly Lock _lock = new();
    private long? _secondBegan;
    private int _keptInSecond;

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        // A client span without a parent is a stray call, such as a migration or a probe of the database, not a trace of items.
        if (samplingParameters.Kind == ActivityKind.Client)
            return new SamplingResult(SamplingDecision.Drop);

        int max = maxTracesPerSecond();
        long now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            if (_secondBegan is not { } began || now - began >= timeProvider.TimestampFrequency)
                (_secondBegan, _keptInSecond) = (now, 0);
            if (_keptInSecond < max)
            {
                _keptInSecond++;
                return new SamplingResult(SamplingDecision.RecordAndSample);
            }
        }

        counts.TraceNotKept();
        return new SamplingResult(SamplingDecision.Drop);
    }
}
