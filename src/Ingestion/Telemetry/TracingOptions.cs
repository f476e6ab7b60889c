using System.ComponentModel.DataAnnotations;

namespace Ingestion.Telemetry;

/// <summary>Section <c>Tracing</c>: how a run is cut into traces, what is in them, and how many of them are kept.</summary>
public sealed class TracingOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Tracing";

    /// <summary>
    /// <c>Stages</c>: spans below an attempt show its stages, request and commit. <c>Items</c>: <see href="traces.md">an attempt is one span</see>,
    /// with the seconds of its stages as attributes. Default <c>Stages</c>.
    /// </summary>
    [RegularExpression("(?i:Stages|Items)", ErrorMessage = "Stages or Items")]
    public string Detail { get; set; } = "Stages";

    /// <summary>Attempts at items per trace. 1 to 10,000, default 100: no trace then has more than 1,000 spans. With <see cref="Detail"/> <c>Items</c> that holds up to 999.</summary>
    [Range(1, 10_000)]
    public int ItemsPerTrace { get; set; } = 100;

    /// <summary>Traces kept of those that start in the same second; the others cost next to nothing. <c>OTEL_TRACES_SAMPLER</c>, when set, decides instead. 0 to 100,000, default 10.</summary>
    [Range(0, 100_000)]
    public int MaxTracesPerSecond { get; set; } = 10;

    /// <summary>An attempt that takes longer is marked as slow, and the slowest are listed at the end of the run. 0 to 1 day, default 1 s; 0 = none is.</summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan SlowItem { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Where traces can be looked at, <see href="traces.md#links-to-traces">for links</see>: the address of Jaeger, or one with <c>{traceId}</c>, or <c>{runId}</c>, in it for
    /// any other viewer. Default none.
    /// </summary>
    public Uri? Viewer { get; set; }

    /// <summary>The most spans a trace may have. An item that behaves has at most 8 (docs/traces.md), so a trace that is full has items that do not.</summary>
    public int MaxSpansPerTrace => Math.Max(1_000, HasStages ? 10 * ItemsPerTrace : 1 + ItemsPerTrace);

    internal bool HasStages => !Detail.Equals("Items", StringComparison.OrdinalIgnoreCase);
}
