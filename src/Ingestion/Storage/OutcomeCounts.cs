namespace Ingestion.Storage;

/// <summary>How many items ended in which outcome.</summary>
public readonly record struct OutcomeCounts(long Ingested, long Unchanged, long NotFound, long Failed)
{
    /// <summary>All of them.</summary>
    public long Total => Ingested + Unchanged + NotFound + Failed;

    /// <summary>These counts with one more of <paramref name="outcome"/>.</summary>
    public OutcomeCounts With(Outcome outcome, long count = 1) => outcome switch
    {
        Outcome.Ingested => this with { Ingested = Ingested + count },
        Outcome.Unchanged => this with { Unchanged = Unchanged + count },
        Outcome.NotFound => this with { NotFound = NotFound + count },
        Outcome.Failed => this with { Failed = Failed + count },
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not an outcome"),
    };
}
