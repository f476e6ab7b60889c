namespace Ingestion.Storage.Postgres;

/// <summary>What a commit does beside storing rows and outcomes.</summary>
internal enum CommitKind
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>It resolves what failed before and was now stored.</summary>
    Redrive,

    /// <summary>Its outcomes may belong to jobs.</summary>
    Shared,
}
