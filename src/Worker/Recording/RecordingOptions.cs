using System.ComponentModel.DataAnnotations;

namespace Worker.Recording;

/// <summary>Section <c>Recording</c>: when and where the latest attempts are written as a report.</summary>
internal sealed class RecordingOptions
{
    public const string Section = "Recording";

    /// <summary>The folder for the reports; it has to exist. None: nothing is written.</summary>
    public string? Folder { get; set; }

    /// <summary>How many reports are kept there, those of other workers included; the oldest are removed. 1 to 10,000, default 20.</summary>
    [Range(1, 10_000)]
    public int Keep { get; set; } = 20;

    /// <summary>An attempt that takes longer, waits at the gate and for the commit included, is a cause to write one. 1 ms to 1 day; default: none is.</summary>
    [DurationRange("00:00:00.0010000", "1.00:00:00")]
    public TimeSpan? SlowAttempt { get; set; }

    /// <summary>That many attempts that fail within a minute, those that are made again included, are a cause. 1 to 1,000,000; default: they are none.</summary>
    [Range(1, 1_000_000)]
    public int? FailuresPerMinute { get; set; }
}
