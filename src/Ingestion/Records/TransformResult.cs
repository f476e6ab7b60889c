namespace Ingestion.Records;

/// <summary>Either a record or the reason why the body is not the record that was asked for; never both.</summary>
internal readonly record struct TransformResult(ItemRecord? Record, string? Rejection);
