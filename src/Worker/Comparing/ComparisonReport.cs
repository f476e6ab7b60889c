using System.Text.Json;
using Worker.Reports;

namespace Worker.Comparing;

/// <summary>A comparison as JSON. Other programs read it: names and order stay as they are.</summary>
internal sealed record ComparisonReport(
    string Source, string Upstream, double DelaySeconds, int Repeat, int Cores, string SpeedUpOver, IReadOnlyList<ComparisonReport.Row> Strategies)
{
    public static ComparisonReport From(ComparisonPlan plan, IReadOnlyList<Standing> standings)
    {
        Standing yardstick = ComparisonTable.Yardstick(standings);
        return new ComparisonReport(
            yardstick.Shown.Report.Source,
            plan.Upstream.ToString(),
            plan.Ingestion.Delay.TotalSeconds,
            plan.Repeat,
            Environment.ProcessorCount,
            yardstick.Contender.Strategy,
            [.. standings.Select(standing => From(standing, yardstick, plan.Jaeger))]);
    }

    public Task WriteAsync(string path) => OutputFile.WriteAsync(path, async stream =>
    {
        await JsonSerializer.SerializeAsync(stream, this, ComparisonJsonContext.Default.ComparisonReport);
        stream.WriteByte((byte)'\n');
    });

    private static Row From(Standing standing, Standing yardstick, Uri? jaeger) => new(
        standing.Contender.Strategy,
        standing.Contender.Degree.Number,
        standing.SpeedUpOver(yardstick) is { } factor ? Math.Round(factor, 3) : null,
        standing.ElapsedSeconds,
        standing.ItemsPerSecond,
        standing.MaxInFlight,
        standing.DistinctThreads,
        standing.CpuSeconds,
        standing.PeakMemoryBytes,
        standing.AllocatedBytesPerItem,
        standing.Retries,
        standing.Failed,
        standing.SpansDropped,
        ComparisonTable.TraceOf(standing.Shown.Report, jaeger)?.ToString(),
        [.. standing.Rounds.Select(round => round.Report)]);

    /// <summary>A contender: its figures over all rounds, then the summary of each round.</summary>
    /// <param name="SpeedUp">By the medians; null where that makes no sense.</param>
    /// <param name="AllocatedBytesPerItem">Null when there were no items.</param>
    /// <param name="SpansDropped">Null when no spans were exported.</param>
    /// <param name="Trace">Of the round of median elapsed time.</param>
    internal sealed record Row(
        string Strategy,
        int DegreeOfParallelism,
        double? SpeedUp,
        Spread ElapsedSeconds,
        Spread ItemsPerSecond,
        Spread MaxInFlight,
        Spread DistinctThreads,
        Spread CpuSeconds,
        Spread PeakMemoryBytes,
        Spread? AllocatedBytesPerItem,
        Spread Retries,
        Spread Failed,
        Spread? SpansDropped,
        string? Trace,
        IReadOnlyList<RunReport> Rounds);
}
