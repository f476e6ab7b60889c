namespace Ingestion.Storage;

/// <summary>What is known of a run when it starts.</summary>
/// <param name="Source">The source's name.</param>
/// <param name="Strategy">The strategy's name.</param>
/// <param name="DegreeOfParallelism">As configured; 0 = no cap.</param>
/// <param name="Requested">How many IDs the source will deliver; null when it has no end.</param>
/// <param name="Resume">Go on with an unfinished run over the same source.</param>
/// <param name="Interrupted">The run this process carried out until it lost the lease: that one is taken up again, whatever <paramref name="Resume"/> says.</param>
/// <param name="IsShared">Other processes may be at the same source: their runs are left alone.</param>
internal sealed record RunStart(string Source, string Strategy, int DegreeOfParallelism, long? Requested, bool Resume, Guid? Interrupted = null, bool IsShared = false);
