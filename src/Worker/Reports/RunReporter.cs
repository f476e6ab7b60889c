using Ingestion.Runs;
using Worker.Hosting;

namespace Worker.Reports;

/// <summary>Shows how a run goes on, and what came out of it.</summary>
internal sealed class RunReporter(IProgressDisplay display, TelemetryFlush flush, SpanCounts counts, IAnsiConsole console, RunFiles files)
{
    private SpanReport _before = new(WhyNotExported: null, 0, 0, 0, 0);

    /// <summary>Starts the run and shows its progress until it has ended.</summary>
    public async Task<RunSummary> WatchAsync(Func<Task<RunSummary>> start)
    {
        _before = Count();
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
        SpanReport spans = Since(_before);
        SummaryTable.Write(console, summary, spans);
        try
        {
            await files.WriteAsync(summary, spans);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"ingestion-worker: a file about the run could not be written: {e.Message}");
        }
    }

    private SpanReport Count()
    {
        // Exported is read first: a span that ends in between must not look like one exported but never ended.
        long exported = counts.Exported;
        long tracesExported = counts.TracesExported;
        return new SpanReport(
            flush.WhyNoTraces,
            exported,
            Math.Max(0, counts.Ended - exported),
            tracesExported,
            counts.TracesNotKept,
            counts.LeftOut,
            Math.Max(0, counts.TracesKept - tracesExported));
    }

    private SpanReport Since(SpanReport before)
    {
        SpanReport now = Count();
        return new SpanReport(
            now.WhyNotExported,
            now.Exported - before.Exported,
            Math.Max(0, now.Dropped - before.Dropped),
            now.TracesKept - before.TracesKept,
            now.TracesNotKept - before.TracesNotKept,
            now.LeftOut - before.LeftOut,
            Math.Max(0, now.TracesLost - before.TracesLost));
    }
}
