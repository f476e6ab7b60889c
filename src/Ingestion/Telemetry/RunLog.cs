namespace Ingestion.Telemetry;

/// <summary>Log messages of runs. Event IDs 1000 to 1099.</summary>
internal static partial class RunLog
{
    [LoggerMessage(1000, LogLevel.Information, "Run {RunId} over {Source}: {Strategy} with degree of parallelism {Degree}, {Requested} items requested")]
    public static partial void RunStarted(this ILogger logger, Guid runId, string source, string strategy, int degree, object requested);

    [LoggerMessage(1001, LogLevel.Information, "Run {RunId} over {Source} is resumed: {Done} items are done already")]
    public static partial void RunResumed(this ILogger logger, Guid runId, string source, long done);

    [LoggerMessage(1002, LogLevel.Information, "Run {RunId} ended ({Status}): {Ingested} ingested, {Unchanged} unchanged, {NotFound} not found, {Failed} failed")]
    public static partial void RunEnded(this ILogger logger, Guid runId, string status, long ingested, long unchanged, long notFound, long failed);

    [LoggerMessage(1003, LogLevel.Warning, "None of {Requested} items was found. Is Upstream:BaseAddress ({Address}) the root of the API?")]
    public static partial void NothingFound(this ILogger logger, long requested, string address);

    [LoggerMessage(1005, LogLevel.Warning, "The unfinished run {RunId} over {Source} is abandoned: {Why}. What it stored stays; run {NewRunId} starts from the beginning")]
    public static partial void RunAbandoned(this ILogger logger, Guid runId, string source, string why, Guid newRunId);

    [LoggerMessage(1004, LogLevel.Warning, "The degree of parallelism stays {Degree}: {Strategy} cannot run with {Refused}")]
    public static partial void DegreeRefused(this ILogger logger, int degree, string strategy, int refused);

    [LoggerMessage(1006, LogLevel.Information, "Removed {Runs} runs and {Outcomes} outcomes, which ended more than {Keep:c} ago (Storage:KeepRuns)")]
    public static partial void HistoryRemoved(this ILogger logger, long runs, long outcomes, TimeSpan keep);

    [LoggerMessage(1007, LogLevel.Warning, "Old history could not be removed: {Reason}. The next run tries again; it does no harm but take room")]
    public static partial void HistoryStays(this ILogger logger, string reason);

    [LoggerMessage(1008, LogLevel.Warning, "{Count} of the IDs in Ingestion:First did not come from {Source}: {Keys}. They were ingested all the same")]
    public static partial void FirstNotInSource(this ILogger logger, int count, string source, string keys);

    [LoggerMessage(1010, LogLevel.Debug, "Item {Key}, attempt {Attempt}: {Reason}; next attempt in {Delay}")]
    public static partial void AttemptFailed(this ILogger logger, ItemKey key, int attempt, string reason, TimeSpan delay);

    [LoggerMessage(1011, LogLevel.Warning, "Item {Key} failed after {Attempts} attempts: {Reason}")]
    public static partial void ItemFailed(this ILogger logger, ItemKey key, int attempts, string? reason);

    [LoggerMessage(1012, LogLevel.Error, "Item {Key}: the transform threw, which is a defect; the item is dead-lettered")]
    public static partial void TransformThrew(this ILogger logger, Exception exception, ItemKey key);

    [LoggerMessage(1020, LogLevel.Warning, "So many attempts fail that retries are held back, to spare the upstream: see Upstream:RetryRatio and Upstream:MinRetriesPerSecond. The items wait; none fails because of it")]
    public static partial void RetriesHeldBack(this ILogger logger);

    [LoggerMessage(1021, LogLevel.Warning, "No item has ended for {Quiet} although {InFlight} are in flight, the upstream gate is open and the database is there: {Attempts}")]
    public static partial void Stalled(this ILogger logger, TimeSpan quiet, int inFlight, string attempts);
}
