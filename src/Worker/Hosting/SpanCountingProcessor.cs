namespace Worker.Hosting;

/// <summary>Counts the recorded spans that end, and the traces they belong to by their root spans.</summary>
internal sealed class SpanCountingProcessor(SpanCounts counts, TraceSizes sizes) : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (!data.Recorded || data.ParentSpanId != default)
            return;

        counts.TraceKept();
        sizes.RootStarted(data.TraceId);
    }

    public override void OnEnd(Activity data)
    {
        if (!data.Recorded)
            return;

        counts.SpanEnded();
        if (data.ParentSpanId == default)
            sizes.RootEnded(data.TraceId);
    }
}
