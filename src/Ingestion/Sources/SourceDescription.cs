namespace Ingestion.Sources;

/// <summary>What a source will deliver.</summary>
/// <param name="Name">Identifies the same work across processes: runs are resumed, and kept from running twice at once, by this name.</param>
/// <param name="Count">How many IDs there are, as far as it is known at the start; null when it is not known, or the source has no end.</param>
/// <param name="IsRedrive">
/// Its items failed before. An outcome that is no failure resolves the old ones in its own transaction; a run over it is never resumed, because what is
/// resolved is not delivered again.
/// </param>
/// <param name="IsShared">
/// Any number of processes ingest it at once, and it makes sure that no two of them get the same item. Each has a separate run, which is never resumed: what
/// one leaves behind is delivered to another.
/// </param>
/// <param name="IsOnce">It can be read once only, so a run over it is never resumed.</param>
internal sealed record SourceDescription(string Name, long? Count, bool IsRedrive = false, bool IsShared = false, bool IsOnce = false)
{
    /// <summary>Its keys are integers that ascend, so none comes twice.</summary>
    public bool IsAscending { get; init; }

    /// <summary>The number of IDs may turn out to be another one, because some come twice, or come and go: the outcomes that are stored say how many there were.</summary>
    public bool IsEstimate { get; init; } = IsRedrive || IsOnce;
}
