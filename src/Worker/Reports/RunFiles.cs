using Worker.Comparing;
using Worker.Reports.Traces;

namespace Worker.Reports;

/// <summary>The files a run leaves behind, by path; null where none is wanted. After several runs they are about the last.</summary>
/// <param name="Picture">What to draw the run from, for another process.</param>
internal sealed record RunFiles(string? Summary = null, string? Report = null, string? ChromeTrace = null, string? Picture = null)
{
    /// <summary>There is something to draw.</summary>
    public bool NeedRecording => (Report ?? ChromeTrace ?? Picture) is not null;

    public async Task WriteAsync(RunSummary run, SpanReport spans, RecentAttempts recent)
    {
        RunReport summary = RunReport.From(run, spans);
        if (Summary is not null)
            await OutputFile.WriteJsonAsync(Summary, summary, ReportJsonContext.Default.RunReport);
        if (run.Recording is not { } recording)
            return;

        RunPicture picture = new(summary, recording);
        if (Report is not null)
            await HtmlReport.WriteAsync(Report, ReportDocument.Of(picture, run, spans) with { Latest = LatestAttempts.OfRun(recent, picture) });
        if (ChromeTrace is not null)
            await OutputFile.WriteJsonAsync(ChromeTrace, TraceEventFile.Of(picture), DrawingJsonContext.Default.TraceEventFile);
        if (Picture is not null)
            await OutputFile.WriteJsonAsync(Picture, picture, MeasurementJsonContext.Default.RunPicture);
    }
}
