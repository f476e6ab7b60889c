namespace Worker.Hosting;

/// <summary>Counts the spans that the collector accepted.</summary>
internal sealed class CountingOtlpTraceExporter(OtlpExporterOptions options, ExportedSignal traces, SpanCounts counts) : OtlpTraceExporter(options)
{
    public override ExportResult Export(in Batch<Activity> activityBatch)
    {
        // A batch can be read only once.
        List<Activity> spans = [];
        foreach (Activity span in activityBatch)
            spans.Add(span);

        ExportResult result = base.Export(new Batch<Activity>([.. spans], spans.Count));
        if (result == ExportResult.Success && !traces.IsRefused)
            counts.SpansExported(spans);
        return result;
    }
}
