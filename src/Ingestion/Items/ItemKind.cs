namespace Ingestion.Items;

/// <summary>What the items of the configured resource are called, and what their keys are.</summary>
/// <param name="Name">What one is called.</param>
/// <param name="HasTextKeys">Whether keys are text; otherwise they are integers of 64 bits.</param>
public sealed record ItemKind(string Name, bool HasTextKeys);
