namespace Worker.Recording;

/// <summary>Why the latest attempts are written down. Names of files have it in lower case.</summary>
internal enum RecordingCause
{
    /// <summary>Somebody asked, by SIGUSR1.</summary>
    Signal,

    /// <summary>No attempt has ended for too long.</summary>
    Stall,

    /// <summary>An attempt took longer than <c>Recording:SlowAttempt</c>.</summary>
    Slow,

    /// <summary>More attempts failed than <c>Recording:FailuresPerMinute</c>.</summary>
    Failures,
}
