using Ingestion.Runs.Attempts;
using Ingestion.Sources;

namespace Ingestion.Runs;

/// <summary>An ID on its way through a run. Only one thread has it at a time: it is in the channel, in a slot, or in the retry queue.</summary>
internal sealed class WorkItem(SourceItem source)
{
    public SourceItem Source { get; } = source;

    public ItemKey Key => Source.Key;

    /// <summary>The entity tag of the record that is stored; null when there is none, or it is not to be used.</summary>
    public string? EntityTag { get; init; }

    /// <summary>The most items it may share its next request with, itself included; null for as many as are configured.</summary>
    public int? RequestLimit { get; set; }

    /// <summary>Attempts begun, the one that is running included.</summary>
    public int Attempts { get; set; }

    /// <summary>Whether it was put off before. Kept by the <see cref="Feeding.WorkQueue"/>.</summary>
    public bool IsRetried { get; set; }

    /// <summary>Failed attempts that count against <c>Upstream:MaxAttempts</c>.</summary>
    public int CountedFailures { get; set; }

    /// <summary>How long those attempts took together, in HTTP.</summary>
    public TimeSpan TimeUsed { get; set; }

    /// <summary>The failed attempts that do not.</summary>
    public PutOffs PutOffs => field ??= new();

    /// <summary>A refusal of which it is not known yet whether it is about the item, or null.</summary>
    public PendingRefusal? Refusal { get; set; }

    /// <summary>When it entered the channel, as a timestamp of the run's <see cref="TimeProvider"/>.</summary>
    public long EnqueuedAt { get; set; }

    /// <summary>When the attempt before this one ended, as such a timestamp; null before the second.</summary>
    public long? PreviousEnd { get; set; }

    /// <summary>The span of the attempt before this one.</summary>
    public ActivityContext PreviousAttempt { get; set; }
}
