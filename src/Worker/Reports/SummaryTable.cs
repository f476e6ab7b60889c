using Ingestion.Runs.Advice;

namespace Worker.Reports;

/// <summary>The summary of a run for people.</summary>
internal static class SummaryTable
{
    public const string TracesAt = "traces at";

    public static void Write(IAnsiConsole console, RunSummary run, ExportedSpans spans)
    {
        Table table = Terminal.Table(new TableColumn("").NoWrap(), new TableColumn("")).HideHeaders();
        foreach ((string name, string value) in Rows(run, spans))
            table.AddRow(new Text(name), new Text(value));
        console.Write(table);
        SlowestTable.Write(console, run);
        foreach (string sentence in AdviceText.Of(run.Advice))
            console.WriteLine(sentence);

        if (run.Counts.Failed > 0)
            console.WriteLine($"{Quantity.Of(run.Counts.Failed)} failed: ingestion-worker status lists why, ingestion-worker redrive tries them again");
        if (!run.IsComplete)
            console.WriteLine($"stopped before the end, {Quantity.Of(run.Counts.Total)} of {Quantity.Of(run.Requested)} done; {(run.IsOnce ? "standard input cannot be read again" : "the next run goes on from there")}");
    }

    public static IEnumerable<(string Name, string Value)> Rows(RunSummary run, ExportedSpans spans)
    {
        yield return ("run", run.RunId.ToString());
        yield return ("source", run.Source);
        yield return ("strategy", run.Strategy);
        yield return ("degree of parallelism", run.DegreeOfParallelism > 0 ? Quantity.Of(run.DegreeOfParallelism) : run.ConcurrencyLimit is null ? "no cap" : "auto");
        if (run.ConcurrencyLimit is { } limit)
            yield return ("concurrency limit", $"{Quantity.Of(limit)} found");
        yield return ("requested", Quantity.Of(run.Requested));
        if (run.AlreadyDone > 0)
            yield return ("done before", Quantity.Of(run.AlreadyDone));
        yield return ("ingested", Quantity.Of(run.Counts.Ingested));
        yield return ("unchanged", Quantity.Of(run.Counts.Unchanged));
        yield return ("not found", Quantity.Of(run.Counts.NotFound));
        yield return ("failed", Failed(run));
        yield return ("retries", Quantity.Of(run.Retries));
        yield return ("elapsed", Quantity.Of(run.Elapsed));
        yield return ("items per second", Quantity.Of(run.ItemsPerSecond));
        yield return ("most in flight", Quantity.Of(run.MaxInFlight));
        yield return ("threads", Quantity.Of(run.DistinctThreads));
        yield return ("spans", Spans(spans));
        if (spans.IsExported)
            yield return ("traces kept", Traces(spans));
        if (spans.Address is { } address)
            yield return (TracesAt, address.AbsoluteUri);
        yield return ("slot time", Shares(run.Advice.Shares));
        yield return ("bound by", RunJson.NameOf(run.BoundBy));
    }

    private static string Failed(RunSummary run)
    {
        if (run.FailAbove == default)
            return Quantity.Of(run.Counts.Failed);

        string share = (run.Counts.Total == 0 ? 0 : 100.0 * run.Counts.Failed / run.Counts.Total).ToString("0.###", CultureInfo.InvariantCulture);
        string allowed = run.FailAbove.IsShare ? $"{run.FailAbove.ToString().TrimEnd('%')} %" : run.FailAbove.ToString();
        return $"{Quantity.Of(run.Counts.Failed)} of {Quantity.Of(run.Counts.Total)}, {share} %, {(run.FailedTooMany ? "more than allowed: " : "allowed ")}{allowed}";
    }

    private static string Spans(ExportedSpans spans) => spans.IsExported
        ? $"{Quantity.Of(spans.Exported)} exported, {Quantity.Of(spans.Dropped)} dropped" + (spans.LeftOut > 0 ? $", {Quantity.Of(spans.LeftOut)} left out of traces that were full" : "")
        : "not exported: " + spans.WhyNotExported;

    private static string Shares(SlotShares shares) => string.Create(
        CultureInfo.InvariantCulture,
        $"upstream {shares.Upstream:P0}, computing {shares.Computing:P0}, database {shares.Database:P0}, gate and rate limit {shares.Gate:P0}, idle {shares.Idle:P0}");

    private static string Traces(ExportedSpans spans)
    {
        long all = spans.TracesKept + spans.TracesLost + spans.TracesNotKept;
        string notKept = spans.TracesNotKept > 0 ? "Tracing:MaxTracesPerSecond" : "";
        string lost = spans.TracesLost > 0 ? $"{Quantity.Of(spans.TracesLost)} could not be exported" : "";
        string separator = notKept.Length > 0 && lost.Length > 0 ? ", " : "";
        return Quantity.Of(spans.TracesKept) + (all > spans.TracesKept ? $" of {Quantity.Of(all)} ({notKept}{separator}{lost})" : "");
    }
}
