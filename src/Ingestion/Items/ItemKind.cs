namespace Ingestion.Items;

/// <summary>What the items of the configured resource are called, and what their keys are.</summary>
/// <param name="HasTextKeys">Whether keys are text; otherwise they are integers of 64 bits.</param>
/// <param name="NotFound">Statuses of an answer that mean that there is none.</param>
public sealed record ItemKind(string Name, bool HasTextKeys, IReadOnlyList<int> NotFound);
