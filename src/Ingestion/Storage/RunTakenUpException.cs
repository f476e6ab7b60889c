namespace Ingestion.Storage;

/// <summary>Another process has taken the run up: this one stores nothing of it any more.</summary>
internal sealed class RunTakenUpException(Guid runId) : Exception($"another process has resumed the run {runId}");
