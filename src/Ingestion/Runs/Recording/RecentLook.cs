namespace Ingestion.Runs.Recording;

/// <summary>What <see cref="RecentAttempts"/> has to show at a moment. Times are counted from the start of the process.</summary>
/// <param name="At">The moment.</param>
/// <param name="Ended">How many attempts have ended so far.</param>
/// <param name="Attempts">Those that have ended since, the latest last; null when they are too many.</param>
/// <param name="Open">Those that go on, as they stand: the last stage is the one they are in, unless they are between two. Null when they are too many.</param>
/// <param name="FirstColumn">The number of the first column: column n ends at n + 1 times 100 ms.</param>
/// <param name="Columns">What the slots did in the columns that are over.</param>
/// <param name="Failures">Why attempts failed lately, the latest reason first.</param>
public sealed record RecentLook(
    TimeSpan At, long Ended, IReadOnlyList<RecordedAttempt>? Attempts, IReadOnlyList<RecordedAttempt>? Open, long FirstColumn, Timeline Columns, IReadOnlyList<RecentFailure> Failures);
