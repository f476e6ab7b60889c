namespace Ingestion.Runs.Advice;

/// <summary>What a run's figures mean, and what would make the next one faster.</summary>
public sealed record RunAdvice
{
    /// <summary>What held the run up.</summary>
    public required BoundBy BoundBy { get; init; }

    /// <summary>Where the time of the slots went.</summary>
    public required SlotShares Shares { get; init; }

    /// <summary>The reasons with their arithmetic, and the advice: whole sentences, in the order to read them.</summary>
    public required IReadOnlyList<string> Sentences { get; init; }

    /// <summary>The degree of parallelism that uses what there is; null where another degree is not what helps, or where the run was too short to tell.</summary>
    public int? SuggestedDegree { get; init; }
}
