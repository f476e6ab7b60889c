namespace Worker.Reports;

/// <summary>The summary of a run as JSON. Other programs read it: names and order stay as they are.</summary>
internal sealed record RunJson(
    string RunId, string Source, string Strategy, int DegreeOfParallelism,
    long Requested, long Ingested, long Unchanged, long NotFound, long Failed, long Retries,
    double ElapsedSeconds, double ItemsPerSecond, int MaxInFlight, int DistinctThreads, long SpansExported, long SpansDropped,
    string BoundBy, double CpuSeconds, long AllocatedBytes, long PeakMemoryBytes, string? TraceId,
    RunJson.Seconds SlotTime, int? SuggestedDegreeOfParallelism, IReadOnlyList<string> Advice, int? ConcurrencyLimit, IReadOnlyList<RunJson.SlowItem> Slowest, Uri? Traces, string FailAbove, bool FailedTooMany)
{
    [JsonIgnore]
    public long Done => Ingested + Unchanged + NotFound + Failed;

    public static RunJson From(RunSummary run, ExportedSpans spans) => new(
        run.RunId.ToString(), run.Source, run.Strategy, run.DegreeOfParallelism,
        run.Requested, run.Counts.Ingested, run.Counts.Unchanged, run.Counts.NotFound, run.Counts.Failed, run.Retries,
        Math.Round(run.Elapsed.TotalSeconds, 3), Math.Round(run.ItemsPerSecond, 3), run.MaxInFlight, run.DistinctThreads, spans.Exported, spans.Dropped,
        NameOf(run.BoundBy), Math.Round(run.Resources.CpuTime.TotalSeconds, 3), run.Resources.AllocatedBytes, PeakMemory(), run.TraceId,
        Seconds.Of(run.StageTimes), run.Advice.SuggestedDegree, AdviceText.Of(run.Advice), run.ConcurrencyLimit,
        [.. run.Slowest.Select(slow => new SlowItem(slow.Key, slow.Attempt, Math.Round(slow.Took.TotalSeconds, 3), SlowestTable.ReasonOf(slow), slow.TraceId))],
        spans.Address, run.FailAbove.ToString(), run.FailedTooMany);

    /// <summary>In lower case with hyphens, such as <c>rate-limit</c>.</summary>
    public static string NameOf(Enum value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    /// <summary>The most memory the process has had resident so far, earlier runs included.</summary>
    private static long PeakMemory()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    /// <summary>An attempt that took long, and what it was at most of the time.</summary>
    internal sealed record SlowItem(ItemKey Id, int Attempt, double Seconds, string Reason, string? TraceId);

    /// <summary>Where the attempts of a run spent their time, in seconds over all of them.</summary>
    internal sealed record Seconds(double Gate, double Fetch, double Delay, double Transform, double Persist)
    {
        public static Seconds Of(StageTimes times) => new(Of(times.Gate), Of(times.Fetch), Of(times.Delay), Of(times.Transform), Of(times.Persist));

        private static double Of(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
    }
}
