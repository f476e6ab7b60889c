using System.ComponentModel.DataAnnotations;

namespace Ingestion.Runs;

/// <summary>Section <c>Ingestion</c>: what to ingest, and with which concurrency.</summary>
public sealed class IngestionOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Ingestion";

    /// <summary>
    /// Where IDs come from: <c>Ids</c>, <c>Catalog</c> (<see href="resources.md#the-catalog">follows the API's pages</see>), <c>File</c> (<see href="resources.md#a-file">one ID
    /// a line</see>), <c>Query</c> (<see href="resources.md#a-query">SQL over the database</see>) or <c>RabbitMq</c> (<see href="many-workers.md#the-queue">a queue
    /// that any number of workers share</see>). Default <c>Ids</c>.
    /// </summary>
    public string Source { get; set; } = "Ids";

    /// <summary>Ranges and single IDs, such as <c>1-10,42,100-200</c>. Default <c>1-826</c>.</summary>
    public string Ids { get; set; } = "1-826";

    /// <summary>
    /// IDs of the source to ingest <see href="resources.md#first-things-first">before all others</see>: written like <see cref="Ids"/>, or texts with commas between them. At most 100,000; default none.
    /// </summary>
    public string? First { get; set; }

    /// <summary>For the source <c>File</c>: a file with IDs, one a line, or <c>-</c> for standard input. Default none.</summary>
    public string? IdsFile { get; set; }

    /// <summary>For the source <c>Query</c>: SQL over the same database, with IDs in the first column. Default none.</summary>
    public string? Query { get; set; }

    /// <summary>Name of a <see href="choosing.md">concurrency strategy</see>. Default <c>Async</c>.</summary>
    public string Strategy { get; set; } = "Async";

    /// <summary>
    /// Items in flight or number of threads, as the strategy defines; 0 = no cap where the strategy allows it; <c>auto</c> = a limit of at most 1,000 that follows what the upstream can handle. 0 to 100,000, default 16.
    /// </summary>
    [FollowsReload]
    public Degree DegreeOfParallelism { get; set; } = 16;

    /// <summary>Bound of the channel between source and workers, in items. 1 to 1,000,000, default 1024.</summary>
    [Range(1, 1_000_000)]
    public int ChannelCapacity { get; set; } = 1024;

    /// <summary>Artificial wait after each fetch, blocking or not as the strategy is. 0 to 1 hour, default 0.</summary>
    [DurationRange("00:00:00", "01:00:00")]
    public TimeSpan Delay { get; set; } = TimeSpan.Zero;

    /// <summary>Start the next run this long after the last one ended. 0 to 30 days; default none: exit when the run ends. A change counts from the end of the run that is going.</summary>
    [DurationRange("00:00:00", "30.00:00:00")]
    [FollowsReload]
    public TimeSpan? Repeat { get; set; }

    /// <summary>
    /// <see href="operate.md#exit-codes">How many items of a run may fail</see> before the process ends with exit code 2: a number, or a share of the items that ended,
    /// such as <c>1%</c>. What an earlier process did of the same run counts; each run of <see cref="Repeat"/> is judged by itself. Default 0: none.
    /// </summary>
    public FailureAllowance FailAbove { get; set; }

    /// <summary>Resume an unfinished run over the same source, resource and upstream. Default true.</summary>
    public bool Resume { get; set; } = true;

    /// <summary>
    /// A run that has been idle for longer, which is since it was stopped or stored its last outcome, is not resumed: its records would be of different
    /// times. 1 s to 3,650 days, default 7 days.
    /// </summary>
    [DurationRange("00:00:01", "3650.00:00:00")]
    public TimeSpan ResumeWithin { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How long items in flight may take to finish <see href="operate.md#stop">after SIGTERM</see>. 0 to 1 hour, default 25 s.</summary>
    [DurationRange("00:00:00", "01:00:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>
    /// No attempt has ended for this long, with items in flight, the gate open and the database there: that is a stall. It is logged, and <c>/healthz/live</c> turns red. Never
    /// shorter than <c>Upstream:AttemptTimeout</c> and <see cref="Delay"/> together and a tenth of that, and longer by the time between two requests that
    /// <c>Upstream:RequestsPerSecond</c> asks for. 0 to 1 day, default 5 min; 0 = off.
    /// </summary>
    [DurationRange("00:00:00", "1.00:00:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(5);
}
