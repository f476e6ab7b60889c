using System.Runtime.InteropServices;
using Ingestion.Runs;

namespace Worker.Reports.Pictures;

/// <summary>The report on one run.</summary>
internal static class SingleRunDocument
{
    public static ReportDocument Of(RunPicture picture, RunSummary run, SpanReport spans) => new(
        $"{run.Strategy} over {run.Source}",
        [
            $"Started {picture.Recording.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}",
        ],
        [picture],
        new ReportTable(["figure", "value"], [.. SummaryTable.Rows(run, spans).Select(row => (IReadOnlyList<ReportCell>)[new(row.Name), new(row.Value)])]),
        [new ReportAnswer(run.Strategy, run.Advice.Sentences)]);
}
