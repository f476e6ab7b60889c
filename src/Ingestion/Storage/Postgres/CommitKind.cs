namespace Ingestion.Storage.Postgres;

/// <summary>What a commit does beside storing rows and outcomes.</summary>
internal enum CommitKind
{
    Plain,
    Ascending, // Its keys are integers, and none comes twice in the run: what needs no row of its own goes into one row.
    Redrive, // It resolves what failed before and was now stored.
    Shared, // Its outcomes may belong to jobs.
}
