namespace Ingestion.Runs.Recording;

/// <summary>What <see cref="RecentAttempts"/> has to show at a moment. Times are counted from the start of the process.</summary>
public sealed record RecentLook
{
    /// <summary>The moment.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>How many attempts have ended so far.</summary>
    public required long Ended { get; init; }

    /// <summary>The attempts that have ended since, the latest last; null when they are too many.</summary>
    public required IReadOnlyList<RecordedAttempt>? Attempts { get; init; }

    /// <summary>The attempts that go on, as they stand: the last stage is the one they are in, unless they are between two. Null when they are too many.</summary>
    public required IReadOnlyList<RecordedAttempt>? Open { get; init; }

    /// <summary>The number of the first column: column n ends at n + 1 times 100 ms.</summary>
    public required long FirstColumn { get; init; }

    /// <summary>What the slots did in the columns that are over.</summary>
    public required Timeline Columns { get; init; }

    /// <summary>Why attempts failed lately, the latest reason first.</summary>
    public required IReadOnlyList<RecentFailure> Failures { get; init; }
}
