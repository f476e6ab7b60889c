namespace Ingestion.Telemetry;

/// <summary>Log messages of the storage, event IDs 2000 to 2099. A target shows itself without its password.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(2000, LogLevel.Warning, "Waiting for PostgreSQL at {Server}: {Problem}")]
    public static partial void WaitingForServer(ILogger logger, string server, string problem);

    [LoggerMessage(2001, LogLevel.Information, "Applied the migration {Migration}")]
    public static partial void MigrationApplied(ILogger logger, string migration);

    [LoggerMessage(2002, LogLevel.Warning, "{Workers} workers may open {Needed} connections, and {Target} grants {Granted}: lower Maximum Pool Size ({PoolSize}), or put a pooler in front and set Storage:TransactionPooling")]
    public static partial void TooManyConnections(ILogger logger, object target, int workers, int needed, int granted, int poolSize);

    [LoggerMessage(2010, LogLevel.Warning, "{Target} cannot be used right now: {Problem}. Nothing is lost: the work waits until it can")]
    public static partial void OutageStarted(ILogger logger, object target, string problem);

    [LoggerMessage(2011, LogLevel.Information, "{Target} can be used again after {Seconds:F1} s")]
    public static partial void OutageEnded(ILogger logger, object target, double seconds);

    [LoggerMessage(2021, LogLevel.Error, "Outcomes of run {RunId} cannot be stored, and the run ends; what has no outcome is done again when it is resumed. {Problem}")]
    public static partial void WriterFaulted(ILogger logger, Exception? exception, Guid runId, string problem);

    [LoggerMessage(2022, LogLevel.Warning, "The writer of run {RunId} dropped {Entries} entries because PostgreSQL did not answer; they are done again when the run is resumed")]
    public static partial void WriterGaveUp(ILogger logger, Guid runId, int entries);

    [LoggerMessage(2023, LogLevel.Warning, "PostgreSQL gave a batch of {Entries} outcomes too little time ({Problem}); it is committed in halves. If this happens often, raise the time limit or lower Storage:MaxBatchSize")]
    public static partial void BatchTimedOut(ILogger logger, int entries, string problem);

    [LoggerMessage(2024, LogLevel.Warning, "Another process has resumed the run {RunId}; this one stores nothing of it any more, aborts what is in flight and stands by")]
    public static partial void RunTakenUp(ILogger logger, Guid runId);

    [LoggerMessage(2030, LogLevel.Information, "Another process is ingesting {Source}; standing by")]
    public static partial void StandingBy(ILogger logger, string source);

    [LoggerMessage(2031, LogLevel.Information, "Took over {Source} after {Seconds:F0} s of standing by")]
    public static partial void TookOver(ILogger logger, string source, double seconds);

    [LoggerMessage(2032, LogLevel.Warning, "The connection that holds the lock on {Source} was lost: {Problem}. Taking the lock again")]
    public static partial void LeaseLost(ILogger logger, string source, string problem);

    [LoggerMessage(2033, LogLevel.Warning, "Another process took the lock on {Source} while it was lost; this one aborts what is in flight and stands by")]
    public static partial void LeaseTaken(ILogger logger, string source);

    [LoggerMessage(2034, LogLevel.Information, "Holding the lock on {Source} again")]
    public static partial void LeaseRegained(ILogger logger, string source);

    [LoggerMessage(2035, LogLevel.Warning, "The lock on {Source} cannot be taken again: {Problem}; this process aborts what is in flight")]
    public static partial void LeaseNotRegained(ILogger logger, string source, string problem);

    [LoggerMessage(2040, LogLevel.Warning, "Dropped {Schemas} schemas that a comparison left behind when it was killed")]
    public static partial void LeftOversDropped(ILogger logger, int schemas);

    [LoggerMessage(2041, LogLevel.Warning, "PostgreSQL did not answer: the schemas that begin with {Prefix} are still there; the next comparison drops them")]
    public static partial void ScratchNotDropped(ILogger logger, string prefix);
}
