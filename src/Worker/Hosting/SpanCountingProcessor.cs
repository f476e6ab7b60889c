using System.Diagnostics;
using OpenTelemetry;

namespace Worker.Hosting;

/// <summary>Counts the recorded spans that end, and the traces they belong to by their root spans.</summary>
internal sealed class SpanCountingProcessor(SpanCounts counts) : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (data.Recorded && data.ParentSpanId == default)
            counts.TraceKept();
    }

    public override void OnEnd(Activity data)
    {
        if (data.Recorded)
            counts.SpanEnded();
    }
}
