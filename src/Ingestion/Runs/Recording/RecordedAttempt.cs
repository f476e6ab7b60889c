namespace Ingestion.Runs.Recording;

/// <summary>One attempt at an item, from the moment it got a slot. Times are counted from the start of the run.</summary>
public sealed record RecordedAttempt
{
    /// <summary>The item.</summary>
    public required ItemKey Key { get; init; }

    /// <summary>1 for the first attempt at the item.</summary>
    public required int Attempt { get; init; }

    /// <summary>The slot, from 0.</summary>
    public required int Slot { get; init; }

    /// <summary>Whether somebody wanted the item before the others.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>When it entered the channel.</summary>
    public required TimeSpan Enqueued { get; init; }

    /// <summary>When the attempt before this one ended: from then until <see cref="Enqueued"/> it waited for its retry. Null for a first attempt.</summary>
    public TimeSpan? PreviousEnd { get; init; }

    /// <summary>When it got its slot.</summary>
    public required TimeSpan Begin { get; init; }

    /// <summary>When it ended.</summary>
    public required TimeSpan End { get; init; }

    /// <summary>Number of the thread it began on.</summary>
    public required int BeginThread { get; init; }

    /// <summary>Number of the thread it ended on.</summary>
    public required int EndThread { get; init; }

    /// <summary>Whether it goes on: then it is as it stood.</summary>
    public bool IsOpen { get; init; }

    /// <summary>The item's outcome; null when it goes on, is tried again or was aborted.</summary>
    public Outcome? Outcome { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? Error { get; init; }

    /// <summary>The trace it is kept in, as 32 hexadecimal digits; null when it is not.</summary>
    public string? TraceId { get; init; }

    /// <summary>Its stages in the order they ran; they do not overlap.</summary>
    public required IReadOnlyList<RecordedStage> Stages { get; init; }
}
