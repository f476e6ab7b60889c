using Worker.Comparing;
using Worker.Reports.Traces;

namespace Worker.Reports;

/// <summary>The files a run leaves behind, by path; null where none is wanted. After several runs they are about the last.</summary>
/// <param name="Picture">What to draw the run from, for another process.</param>
internal sealed record RunFiles(string? Summary = null, string? Report = null, string? ChromeTrace = null, string? Picture = null)
{
    /// <summary>There is something to draw.</summary>
    public bool NeedRecording => (Report ?? ChromeTrace ?? Picture) is not null;

    /// <summary>Writes each of them; one that cannot be written is said, and is not in the way of the others, nor of the run.</summary>
    public async Task WriteAsync(RunSummary run, ExportedSpans spans, RecentAttempts recent)
    {
        RunJson summary = RunJson.From(run, spans);
        await TryAsync(Summary, path => OutputFile.WriteJsonAsync(path, summary, OutputJsonContext.Default.RunJson));
        if (run.Recording is not { } recording)
            return;

        RunPicture picture = new(summary, recording);
        await TryAsync(Report, path => HtmlReport.WriteAsync(path, ReportDocument.Of(picture, run, spans) with { Latest = LatestAttempts.OfRun(recent, picture) }));
        await TryAsync(ChromeTrace, path => OutputFile.WriteJsonAsync(path, TraceEventFile.Of(picture), DrawingJsonContext.Default.TraceEventFile));
        await TryAsync(Picture, path => OutputFile.WriteJsonAsync(path, picture, MeasurementJsonContext.Default.RunPicture));
    }

    private static async Task TryAsync(string? path, Func<string, Task> write)
    {
        try
        {
            if (path is not null)
                await write(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"ingestion-worker: a file about the run could not be written: {e.Message}");
        }
    }
}
