using System.Text.Json;
using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Worker.Reports;

namespace Worker.Tests;

public sealed class ReportTests : IDisposable
{
    private static readonly ExportedSpans NotExported = new("OTEL_EXPORTER_OTLP_ENDPOINT is not set", 0, 0, 0, 0);
    private const string Words = "20 requests a second of 160 ms each keep 3.2 slots busy: 24 are enough. Only a higher Upstream:RequestsPerSecond makes the run faster.";
    private readonly string _folder = Directory.CreateTempSubdirectory("summary").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_summary_file_has_exactly_the_documented_keys()
    {
        string path = Path.Combine(_folder, "summary.json");
        await File.WriteAllTextAsync(path, "an older one", TestContext.Current.CancellationToken);
        RunSummary run = Runs.Summary(failed: 2);
        await new RunFiles(Summary: path).WriteAsync(run, new ExportedSpans(WhyNotExported: null, 900, 3, 9, 1), new RecentAttempts(TimeProvider.System));

        using JsonDocument json = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(
            ["runId", "source", "strategy", "degreeOfParallelism", "requested", "ingested", "unchanged", "notFound", "failed", "retries", "elapsedSeconds",
                "itemsPerSecond", "maxInFlight", "distinctThreads", "spansExported", "spansDropped", "boundBy",
                "cpuSeconds", "allocatedBytes", "peakMemoryBytes", "traceId", "slotTime", "suggestedDegreeOfParallelism", "advice", "concurrencyLimit", "slowest", "traces", "failAbove", "failedTooMany"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(run.RunId, json.RootElement.GetProperty("runId").GetGuid());
        Assert.Equal(900, json.RootElement.GetProperty("spansExported").GetInt64());
        Assert.Equal("rate-limit", json.RootElement.GetProperty("boundBy").GetString());
        Assert.Equal(24, json.RootElement.GetProperty("suggestedDegreeOfParallelism").GetInt32());
        Assert.Equal(Words, json.RootElement.GetProperty("advice").EnumerateArray().Last().GetString());
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData(BoundBy.Input, "input")]
    [InlineData(BoundBy.Upstream, "upstream")]
    [InlineData(BoundBy.Cpu, "cpu")]
    [InlineData(BoundBy.Database, "database")]
    [InlineData(BoundBy.RateLimit, "rate-limit")]
    [InlineData(BoundBy.Concurrency, "concurrency")]
    public void What_a_run_was_bound_by_is_written_in_lower_case(BoundBy boundBy, string expected) => Assert.Equal(expected, RunJson.NameOf(boundBy));

    [Fact]
    public void Asking_whether_a_file_can_be_written_leaves_nothing_behind()
    {
        Assert.Null(OutputFile.WhatIsWrongWith(Path.Combine(_folder, "summary.json")));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void The_table_is_plain_text_when_nobody_looks_at_a_terminal()
    {
        string table = Print(Runs.Summary(), NotExported);

        Assert.DoesNotContain('\u001b', table);
        Assert.Contains("not exported: OTEL_EXPORTER_OTLP_ENDPOINT is not set", table, StringComparison.Ordinal);
        Assert.DoesNotContain("stopped before the end", table, StringComparison.Ordinal);
        Assert.DoesNotContain("redrive", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_says_where_the_time_went_and_what_that_means()
    {
        string table = Print(Runs.Summary(), NotExported);

        Assert.Contains("upstream 12 %, computing 3 %, database 5 %, gate and rate limit 75 %, idle 5 %", table, StringComparison.Ordinal);
        Assert.Contains("\n20 requests a second of 160 ms each keep 3.2 slots busy", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 3, "failed 3")]
    [InlineData("1%", 3, "failed 3 of 1,000, 0.3 %, allowed 1 %")]
    [InlineData("0.25%", 3, "failed 3 of 1,000, 0.3 %, more than allowed: 0.25 %")]
    [InlineData("3", 3, "failed 3 of 1,000, 0.3 %, allowed 3")]
    [InlineData("2", 3, "failed 3 of 1,000, 0.3 %, more than allowed: 2")]
    public void The_table_says_how_many_failed_of_how_many_may(string allowed, long failed, string expected)
    {
        Assert.True(FailureAllowance.TryParse(allowed, out FailureAllowance allowance));

        IEnumerable<string> lines = Print(Runs.Summary(1_000 - failed, failed) with { FailAbove = allowance }, NotExported)
            .Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

        Assert.Contains(expected, lines);
    }

    [Fact]
    public void The_table_says_how_to_go_on_after_failures_and_after_a_stop()
    {
        string table = Print(Runs.Summary(ingested: 1_010, failed: 2, isComplete: false), new ExportedSpans(WhyNotExported: null, 1_900, 3, 9, 31));

        Assert.Contains("1,900 exported, 3 dropped", table, StringComparison.Ordinal);
        Assert.Contains("9 of 40 (Tracing:MaxTracesPerSecond)", table, StringComparison.Ordinal);
        Assert.Contains("2 failed: ingestion-worker status lists why, ingestion-worker redrive tries them again", table, StringComparison.Ordinal);
        Assert.Contains("stopped before the end, 1,012 of 2,000 done; the next run goes on from there", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_slowest_items_stand_in_the_table_and_in_the_file_with_what_they_did_most_of_the_time()
    {
        string path = Path.Combine(_folder, "summary.json");
        RunSummary run = Runs.Summary() with
        {
            Slowest =
            [
                new SlowAttempt(7, 2, TimeSpan.FromSeconds(4), default(StageTimes) with { Fetch = TimeSpan.FromSeconds(3.25), Persist = TimeSpan.FromSeconds(0.5) }, "HTTP 503", "4bf92f3577b34da6a3ce929d0e0e4736"),
                new SlowAttempt("a", 1, TimeSpan.FromSeconds(2), default(StageTimes) with { Fetch = TimeSpan.FromSeconds(0.5) }, null, null),
            ],
        };
        await new RunFiles(Summary: path).WriteAsync(run, NotExported, new RecentAttempts(TimeProvider.System));

        string[] lines = [.. Print(run, NotExported).Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("7, attempt 2 4.00 fetch 3.25 s; HTTP 503 4bf92f3577b34da6a3ce929d0e0e4736", lines);
        Assert.Contains("a 2.00 waiting between stages 1.50 s not kept", lines);
        JsonElement slowest = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken)).RootElement.GetProperty("slowest");
        Assert.Equal(
            """[{"id":7,"attempt":2,"seconds":4,"reason":"fetch 3.25 s; HTTP 503","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"},{"id":"a","attempt":1,"seconds":2,"reason":"waiting between stages 1.50 s","traceId":null}]""",
            JsonSerializer.Serialize(slowest));
    }

    private static string Print(RunSummary run, ExportedSpans spans)
    {
        using StringWriter writer = new();
        SummaryTable.Write(Terminal.Plain(writer), run, spans);
        return writer.ToString();
    }
}
