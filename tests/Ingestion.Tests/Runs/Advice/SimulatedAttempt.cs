using Ingestion.Runs;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>An attempt of a <see cref="SimulatedRun"/>.</summary>
internal sealed class SimulatedAttempt
{
    public required List<int> Ids { get; init; }

    public required Stage Stage { get; set; }

    /// <summary>When it entered the stage.</summary>
    public required double Since { get; set; }

    /// <summary>How long the stage takes yet.</summary>
    public required double Left { get; set; }

    public bool IsFirst { get; init; }

    /// <summary>It wants a core.</summary>
    public bool IsComputing { get; set; }

    public bool IsRefused { get; set; }

    public bool IsOver { get; set; }

    /// <summary>It has given its slot back.</summary>
    public bool IsBeyond { get; set; }

    /// <summary>It has its slot although it is done there: the next stage does not take it.</summary>
    public bool IsKept { get; set; }
}
