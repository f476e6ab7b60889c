namespace Ingestion.Storage.Postgres;

/// <summary>What a commit does beside storing rows and outcomes.</summary>
internal enum CommitKind
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>Its keys are integers, and none comes twice in the run: what needs no row of its own goes into one row.</summary>
    Ascending,

    /// <summary>It resolves what failed before and was now stored.</summary>
    Redrive,

    /// <summary>Its outcomes may belong to jobs.</summary>
    Shared,
}
