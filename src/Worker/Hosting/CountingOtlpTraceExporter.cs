using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Worker.Hosting;

/// <summary>Counts the spans that the collector accepted.</summary>
internal sealed class CountingOtlpTraceExporter(OtlpExporterOptions options, SpanCounts counts) : OtlpTraceExporter(options)
{
    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        long count = activityBatch.Count;
        ExportResult result = base.Export(activityBatch);
        if (result == ExportResult.Success)
            counts.SpansExported(count);
        return result;
    }
}
