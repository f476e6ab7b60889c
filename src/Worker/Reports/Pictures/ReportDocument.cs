using System.Runtime.InteropServices;

namespace Worker.Reports.Pictures;

/// <summary>All that a report shows, as the page's script reads it.</summary>
/// <param name="Runs">Drawn below each other, to one common time axis.</param>
internal sealed record ReportDocument(
    string Title,
    IReadOnlyList<string> Facts,
    [property: JsonIgnore] IReadOnlyList<RunPicture> Runs,
    ReportDocument.Figures Table,
    IReadOnlyList<ReportDocument.Answer> Answers)
{
    /// <summary>The slowest items; null when none was slow.</summary>
    public Figures? Slowest { get; init; }

    /// <summary>How strategies scale; null where that was not asked.</summary>
    public IReadOnlyList<ScalingCurve>? Curves { get; init; }

    /// <summary>The latest attempts, each picture with a separate time axis. They follow the runs.</summary>
    [JsonIgnore]
    public IEnumerable<DrawnRun> Latest { get; init; } = [];

    /// <summary>Where the time axis begins, where that is not the start of the run.</summary>
    public string? Axis { get; init; }

    [JsonPropertyName("runs")]
    public IEnumerable<DrawnRun> Drawn => [.. Runs.Select(DrawnRun.Of), .. Latest];

    public static string Machine => $"{Quantity.Cores(CpuAllowance.OfThisProcess.Cores)}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}";

    /// <summary>Where a trace can be looked at, with <c>{traceId}</c> in place of its ID; null when nowhere that is known.</summary>
    public string? TraceLink { get; init => field = Uri.TryCreate(value, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https" ? value : null; }

    public static ReportDocument Of(RunPicture picture, RunSummary run, ExportedSpans spans) => new(
        $"{run.Strategy} over {run.Source}",
        [
            $"Started {Quantity.Of(picture.Recording.StartedAt)} UTC",
            Machine,
        ],
        [picture],
        new Figures(["figure", "value"], [.. SummaryTable.Rows(run, spans).Select(row => (IReadOnlyList<Cell>)[new(row.Name), new(row.Value, row.Name == SummaryTable.TracesAt ? spans.Address : null)])]),
        [new Answer(run.Strategy, AdviceText.Of(run.Advice))])
    {
        Slowest = run.Slowest.Count == 0 ? null : new Figures(SlowestTable.Columns, [.. SlowestTable.Rows(run).Zip(run.Slowest, (row, slow) => (IReadOnlyList<Cell>)
            [.. row[..^1].Select(text => new Cell(text)), new Cell(row[^1], spans.AddressOf(slow.TraceId))])]),
        TraceLink = spans.TraceLink,
    };

    /// <summary>The table below the pictures. The first column has the row's own heading, the rest are numbers and aligned as such.</summary>
    internal sealed record Figures(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows);

    /// <summary>What a cell says, and where it leads, if anywhere: to the web and nowhere else.</summary>
    internal readonly record struct Cell(string Text, Uri? Link = null)
    {
        public Uri? Link { get; } = Link is { IsAbsoluteUri: true, Scheme: "http" or "https" } ? Link : null;
    }

    /// <summary>What the figures of a run mean.</summary>
    internal sealed record Answer(string Heading, IReadOnlyList<string> Sentences);
}
