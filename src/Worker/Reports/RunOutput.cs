namespace Worker.Reports;

/// <summary>Shows how a run goes on, and what came out of it.</summary>
internal sealed class RunOutput(IProgressDisplay display, TelemetryFlush flush, SpanCounts counts, TraceViewer viewer, IAnsiConsole console, RunFiles files, RecentAttempts recent, TimeProvider timeProvider)
{
    private ExportedSpans? _before;

    /// <summary>Starts the run and shows its progress until it has ended.</summary>
    public async Task<RunSummary> WatchAsync(Func<Task<RunSummary>> start)
    {
        _before = counts.Report(flush.WhyNoTraces);
        Task<RunSummary> run = start();
        try
        {
            await display.ShowUntilAsync(run);
        }
        catch (IOException)
        {
            // The terminal is gone. The run goes on without it, and the summary is still worth a try.
        }

        return await run;
    }

    /// <summary>Sends the last spans of the run, prints the summary and writes the files.</summary>
    public async Task ReportAsync(RunSummary summary)
    {
        await flush.FlushAsync();
        ExportedSpans spans = counts.Report(flush.WhyNoTraces, _before);
        if (spans.TracesKept > 0)
            spans = spans with { Address = viewer.Of(summary, timeProvider.GetUtcNow()), TraceLink = viewer.TraceLink(summary.RunId) };
        SummaryTable.Write(console, summary, spans);
        await files.WriteAsync(summary, spans, recent);
    }
}
