namespace Ingestion.Runs.Advice;

/// <summary>What a run's figures mean, and what would make the next one faster. Whoever shows it finds the words.</summary>
public sealed record RunAdvice
{
    /// <summary>What held the run up.</summary>
    public required BoundBy BoundBy { get; init; }

    /// <summary>Two things that held up parts of it, where no degree of parallelism fits both.</summary>
    public (BoundBy First, BoundBy Second)? Change { get; init; }

    /// <summary>The evidence.</summary>
    public required RunMeasurements Figures { get; init; }

    /// <summary>Where the time of the slots went.</summary>
    public SlotShares Shares => SlotShares.Of(Figures.InSlot, Figures.Elapsed * Figures.Slots);

    /// <summary>The degree of parallelism that uses what there is; null where another degree is not what helps, or where it cannot be told.</summary>
    public int? SuggestedDegree => WhySilent is null ? Enough : null;

    /// <summary>Why there is none.</summary>
    public Silence? WhySilent { get; init; }

    /// <summary>More slots than this do not help; null where that is not known.</summary>
    public int? Enough { get; init; }

    /// <summary>What sets that limit.</summary>
    public Ceiling? Ceiling { get; init; }

    /// <summary>How many slots to try next, and how many times as fast they would be. Null where more do not help, or hardly.</summary>
    public (int Slots, double Gain)? Next { get; init; }
}
