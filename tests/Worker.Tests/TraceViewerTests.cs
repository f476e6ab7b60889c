using System.Text.Json;
using Ingestion.Runs;
using Worker.Reports;

namespace Worker.Tests;

public sealed class TraceViewerTests
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static readonly DateTimeOffset Now = new(2026, 11, 28, 16, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset Began = new(2026, 11, 23, 14, 20, 11, 229, TimeSpan.Zero);

    private static readonly RunSummary Run = Runs.Summary() with { RunId = Guid.CreateVersion7(Began), TraceId = TraceId };

    [Theory]
    [InlineData("http://localhost:16686")]
    [InlineData("http://localhost:16686/")]
    [InlineData("https://observe.example/jaeger/ui")]
    public void Jaeger_searches_for_all_traces_of_a_run_from_its_start_on(string address)
    {
        TraceViewer viewer = new(new Uri(address), "my service");

        Uri traces = viewer.Of(Run, Now)!;

        Assert.StartsWith(address.TrimEnd('/') + "/search?service=my%20service&lookback=custom&", traces.AbsoluteUri, StringComparison.Ordinal);
        Dictionary<string, string> query = traces.Query.TrimStart('?').Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
        Assert.Equal(Run.RunId, JsonDocument.Parse(query["tags"]).RootElement.GetProperty("ingestion.run.id").GetGuid());
        Assert.Equal((Began, Now), (Moment(query["start"]), Moment(query["end"])));
        Assert.Equal(address.TrimEnd('/') + "/trace/{traceId}", viewer.TraceLink(Run.RunId));

        static DateTimeOffset Moment(string microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(microseconds, null));
    }

    [Theory]
    [InlineData("http://localhost:18888/traces/detail/{traceId}", "http://localhost:18888/traces/detail/" + TraceId, "http://localhost:18888/traces/detail/{traceId}")]
    [InlineData("https://x.example/?q={runId}", "https://x.example/?q=RUN", null)]
    [InlineData("https://x.example/{runId}#{traceId}", "https://x.example/RUN#" + TraceId, "https://x.example/RUN#{traceId}")]
    public void Placeholders_are_filled_in(string viewer, string ofRun, string? ofTrace)
    {
        TraceViewer any = new(new Uri(viewer), "service");

        Assert.Equal((Named(ofRun), Named(ofTrace)), (any.Of(Run, Now)!.AbsoluteUri, any.TraceLink(Run.RunId)));

        static string? Named(string? address) => address?.Replace("RUN", Run.RunId.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_viewer_or_a_trace_there_is_no_link()
    {
        Assert.Null(new TraceViewer(viewer: null, "service").Of(Run, Now));
        Assert.Null(new TraceViewer(viewer: null, "service").TraceLink(Run.RunId));
        Assert.Null(new TraceViewer(new Uri("http://localhost:16686"), "service").Of(Run with { TraceId = null }, Now));
    }
}
