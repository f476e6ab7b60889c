namespace Ingestion.Storage.Postgres;

/// <summary>What a commit does beside storing rows and outcomes.</summary>
internal enum CommitKind
{
    Plain,
    Ascending, // Its keys are integers, and none comes twice in the run: items that need no separate row share one.
    Redrive, // It resolves what failed before and was now stored.
    Shared, // Its outcomes may belong to jobs.
}
