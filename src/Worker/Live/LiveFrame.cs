namespace Worker.Live;

/// <summary>What the page is told ten times a second. Times are whole microseconds from the start of the process, texts are cut.</summary>
/// <param name="After">How many attempts had ended before those that <paramref name="Items"/> has.</param>
/// <param name="First">The number of the first of the columns.</param>
/// <param name="Columns">For each: how many attempts ended, how many items were in each stage on average, and for each row of slots the shares of the stages in per cent.</param>
/// <param name="Errors">The reasons of failures, which items name by their index; null like the items when they are too many.</param>
/// <param name="Traces">The IDs of the traces that were kept, likewise.</param>
/// <param name="Items">What ended, as in <see cref="DrawnRun.Items"/>.</param>
/// <param name="Open">What goes on, as far as it has come.</param>
internal sealed record LiveFrame(
    long At, long After, long Ended, LiveFrame.Slowly? About, LiveFrame.Now? Run, long First, int PerRow, bool Beyond, IEnumerable<object[]> Columns,
    string[]? Errors = null, string[]? Traces = null, IEnumerable<object[]>? Items = null, IEnumerable<object[]>? Open = null)
{
    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    /// <summary>What the slots did in a column of 100 ms.</summary>
    public static object[] Column(Timeline timeline, int column) =>
    [
        timeline.Ended[column],
        Array.ConvertAll(Stages, stage => Math.Round(timeline.InStage(stage, column) / timeline.Interval, 2)),
        timeline.Slots.Select(row => row[column].Total == TimeSpan.Zero
            ? (object)0
            : Array.ConvertAll(Stages, stage => (int)Math.Round(100 * (row[column].Of(stage) / (timeline.Interval * timeline.SlotsPerRow))))).ToArray(),
    ];

    /// <summary>How the run stands.</summary>
    /// <param name="Began">When it did.</param>
    /// <param name="Over">It has ended.</param>
    /// <param name="Counts">Ingested, unchanged, not found, failed.</param>
    /// <param name="Gate">Why the gate is closed, or what else holds requests up there.</param>
    /// <param name="Away">The database does not answer.</param>
    /// <param name="Paused">No new attempt starts.</param>
    internal sealed record Now(
        Guid Id, long Began, long Elapsed, bool Over, long? Requested, long[] Counts, long Retries, int InFlight, int Limit, int Depth, int Capacity, int Waiting, long ClosedFor, string? Gate, bool Away, bool Paused);

    /// <summary>What is said once a second.</summary>
    /// <param name="TraceLink">Where a trace is to be seen, with <c>{traceId}</c> in place of its ID; null without a viewer.</param>
    /// <param name="Failures">Reason, how often, the last item, when.</param>
    /// <param name="Marks">What was changed in the last minute: when, and what.</param>
    /// <param name="Control">What can be changed; null when the page only shows.</param>
    internal sealed record Slowly(
        string? Strategy, string? Source, string? BoundBy, IReadOnlyList<string> Advice, IEnumerable<string> Threads, string? TraceLink, IEnumerable<object[]> Failures,
        IEnumerable<object[]> Marks, ControlState? Control);
}
