namespace Ingestion.Storage;

/// <summary>What PostgreSQL makes of a record in a column.</summary>
/// <param name="Value">The value as text, cut after 200 letters; null for NULL.</param>
/// <param name="Problem">Why there is none, with PostgreSQL's reason; null when there is one.</param>
public sealed record ColumnValue(string Name, string Type, string? Value, string? Problem);
