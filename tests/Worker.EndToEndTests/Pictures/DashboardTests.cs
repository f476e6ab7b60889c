using System.Text.Json;
using Microsoft.Playwright;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>The article's run, sent to a viewer that others wrote: what it refuses, or shows wrongly, is a fault of the worker.</summary>
[Collection(BrowserTests.Name)]
public sealed class DashboardTests(Browser browser, PostgresServer postgres)
{
    private const int Items = 10;
    private const int Degree = 5;

    // Every row of the trace: name, how deep it is nested, and where its bar begins and ends in % of the trace.
    private const string Rows = """
        rows => rows.filter(row => row.querySelector('.span-container')).map(row => {
          const [start, width] = row.querySelector('.span-container').style.gridTemplateColumns.split(' ').map(parseFloat);
          const name = row.querySelector('.span-name-container').textContent.trim();
          return { name, depth: parseFloat(row.querySelector('.main-grid-expand-container').style.marginLeft) / 15, start, end: start + width };
        })
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task A_viewer_shows_the_spans_the_nesting_the_overlap_the_logs_and_the_metrics_of_the_article(string protocol)
    {
        Assert.SkipWhen(Dashboard.Program is null, $"there is no dashboard: {Dashboard.ProgramVariable} names none (tests/run.sh fetches it)");
        await using Dashboard dashboard = await Dashboard.StartAsync();
        await using Stage stage = await Stage.SetAsync(postgres);
        Uri endpoint = protocol == "grpc" ? dashboard.Grpc : dashboard.Http;
        JsonElement summary = await stage.IngestAsync(
            $"--ids 1-{Items} --strategy ThreadPool --dop {Degree} --delay 2s",
            environment: [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.ToString()), ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]);
        Assert.Equal(0, summary.GetProperty("spansDropped").GetInt64());

        // Tall enough for all rows: those out of sight are not in the page.
        IPage page = await browser.NewPageAsync(width: 1400, ColorScheme.Light);
        await page.SetViewportSizeAsync(1400, 4000);
        await page.GotoAsync(new Uri(dashboard.Pages, $"traces/detail/{summary.GetProperty("traceId").GetString()}").ToString());
        ILocator rows = page.Locator("tr.fluent-data-grid-row");
        await rows.Filter(new() { HasText = "process character" }).Nth(Items - 1).WaitForAsync();
        Row[] spans = (await rows.EvaluateAllAsync<JsonElement>(Rows)).Deserialize<Row[]>(Json)!;

        Assert.Equal(("ingest ThreadPool", 0), (spans[0].Name, spans[0].Depth));
        Row[] attempts = [.. spans.Where(span => span.Name == "process character")];
        Assert.Equal(Items, attempts.Length);
        Assert.All(attempts, attempt => Assert.Equal(1, attempt.Depth));
        foreach (string stageName in (string[])["fetch", "delay", "transform", "persist"])
            Assert.Equal(Items, spans.Count(span => span.Name == stageName && span.Depth == 2));
        Assert.Equal(Items, spans.Count(span => span.Name.StartsWith("HTTP GET", StringComparison.Ordinal) && span.Depth == 3));
        Assert.Equal(Degree, attempts.Max(attempt => attempts.Count(other => other.Start < attempt.Middle && attempt.Middle < other.End)));

        await ShowsAsync(page, new Uri(dashboard.Pages, "structuredlogs"), $"{Items} ingested, 0 unchanged, 0 not found, 0 failed");
        await ShowsAsync(page, new Uri(dashboard.Pages, "metrics/resource/ingestion-service"), "ingestion.items");
        await page.CloseAsync();
    }

    private static async Task ShowsAsync(IPage page, Uri address, string text)
    {
        await page.GotoAsync(address.ToString());
        await page.GetByText(text).First.WaitForAsync();
    }

    private sealed record Row(string Name, int Depth, double Start, double End)
    {
        public double Middle => (Start + End) / 2;
    }
}
