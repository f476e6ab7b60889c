namespace IngestionBenchmarks.Alternatives;

/// <summary>Where a character comes from or is.</summary>
internal sealed record PlainPlace(string Name, string Url);
