namespace Worker.Reports.Pictures;

/// <summary>What there is to see in a timeline, in sentences that follow from what was recorded alone.</summary>
internal static class ThreadReading
{
    /// <param name="recording">What was recorded.</param>
    /// <param name="which">Which attempts it has one by one, when it does not have all.</param>
    public static IEnumerable<string> Of(RunRecording recording, string which = "first")
    {
        if (recording.AttemptCount == 0)
        {
            yield return "No attempt was made.";
            yield break;
        }

        bool isSlotGivenBack = recording.Timeline.BeyondSlots.Count > 0;
        Seen[] seen = [.. recording.Attempts.Select(attempt => Look(attempt, isSlotGivenBack))];
        int lanes = seen.Max(attempt => attempt.Slot) + 1;
        if (recording.Attempts.Count < recording.AttemptCount)
            yield return $"What is said of threads is about the {which} {Quantity.Of(recording.Attempts.Count)} attempts of {Quantity.Of(recording.AttemptCount)}.";
        yield return Lanes(lanes, isSlotGivenBack);
        yield return Threads(recording, seen, lanes);
        if (isSlotGivenBack && TransformThreads(recording) is > 0 and int threads)
            yield return $"Below the lanes {Quantity.Of(threads, "other thread transforms", "other threads transform")}, and items wait together for a commit.";
    }

    private static string Lanes(int lanes, bool isSlotGivenBack) => (lanes, isSlotGivenBack) switch
    {
        (1, false) => "One lane: each item begins when the one before it has ended.",
        (_, false) => $"{Quantity.Of(lanes)} lanes: up to {Quantity.Of(lanes)} items at once, each in its lane until it is stored.",
        (1, true) => "One lane, free again when a fetched item is handed on; transform and persist go on below.",
        (_, true) => $"{Quantity.Of(lanes)} lanes, each free again when its fetched item is handed on; transform and persist go on below.",
    };

    private static string Threads(RunRecording recording, Seen[] seen, int lanes)
    {
        int threads = seen.SelectMany(attempt => attempt.Threads).Distinct().Count();
        int moved = seen.Count(attempt => attempt.Threads.Length > 1);
        bool isThreadOfLane = seen.GroupBy(attempt => attempt.Slot).All(lane => lane.SelectMany(attempt => attempt.Threads).Distinct().Count() == 1);
        string attempts = Quantity.Of(seen.Length, "attempt");
        return threads switch
        {
            1 when lanes == 1 => "One thread does everything.",
            1 => "One thread serves all lanes: while it computes for one item, the others stand still; their waits overlap.",
            _ when moved > 0 => $"{Quantity.Of(threads)} threads serve the lanes, and none belongs to one: {Quantity.Of(moved)} of {attempts} went on, "
                + $"after a wait, on another thread{(DrawnRun.AreItemsDrawn(recording) ? " (▼)" : "")}.",
            _ when threads == seen.Length => $"Each of the {Quantity.Of(threads)} attempts has its own thread; none did two.",
            _ when isThreadOfLane && threads == lanes => $"Each lane has its own thread, the same from its first item to its last: {Quantity.Of(threads)} threads for {attempts}.",
            _ => $"The same {Quantity.Of(threads)} threads do all {attempts}, one after the other, and none moves while an item is in its lane.",
        };
    }

    private static int TransformThreads(RunRecording recording) => recording.Attempts
        .SelectMany(attempt => attempt.Stages).Where(stage => stage.Stage == Stage.Transform).Select(stage => stage.BeginThread).Distinct().Count();

    private static Seen Look(RecordedAttempt attempt, bool isSlotGivenBack) => new(
        attempt.Slot,
        [
            .. attempt.Stages.Where(stage => !isSlotGivenBack || stage.Stage < Stage.Transform).SelectMany(stage => (int[])[stage.BeginThread, stage.EndThread])
                .Prepend(attempt.BeginThread).Concat(isSlotGivenBack ? [] : [attempt.EndThread]).Distinct(),
        ]);

    private readonly record struct Seen(int Slot, int[] Threads);
}
