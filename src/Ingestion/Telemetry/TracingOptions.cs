using System.ComponentModel.DataAnnotations;

namespace Ingestion.Telemetry;

/// <summary>Section <c>Tracing</c>: how a run is cut into traces, and how many of them are kept.</summary>
public sealed class TracingOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Tracing";

    /// <summary>Attempts at items per trace. 1 to 10,000, default 100: no trace then has more than 1,000 spans.</summary>
    [Range(1, 10_000)]
    public int ItemsPerTrace { get; set; } = 100;

    /// <summary>Traces kept of those that start in the same second; the others cost next to nothing. 0 to 100,000, default 10.</summary>
    [Range(0, 100_000)]
    public int MaxTracesPerSecond { get; set; } = 10;
}
