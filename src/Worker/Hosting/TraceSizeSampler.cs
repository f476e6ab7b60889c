namespace Worker.Hosting;

/// <summary>
/// Keeps a trace readable when its items do not behave: redirects, batches that are split, a commit that is repeated while the database is away. What
/// comes after <paramref name="maxSpans"/> is left out with all below it, so that no span loses its parent.
/// </summary>
internal sealed class TraceSizeSampler(Sampler inner, int maxSpans, SpanCounts counts) : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        SamplingResult result = inner.ShouldSample(samplingParameters);
        return result.Decision == SamplingDecision.Drop || samplingParameters.ParentContext.TraceId == default || counts.TryAdd(samplingParameters.TraceId, maxSpans)
            ? result
            : new SamplingResult(SamplingDecision.Drop);
    }
}
