namespace Ingestion.Storage;

/// <summary>How a run stands. Stored in lower case.</summary>
public enum RunStatus
{
    /// <summary>It is going on, or the process that ran it died.</summary>
    Running,

    /// <summary>It was stopped before its end and can be resumed.</summary>
    Stopped,

    /// <summary>Every item has an outcome.</summary>
    Finished,

    /// <summary>It was unfinished when a later run over the same source started from the beginning: because it was told to, or this one was of another upstream or too old.</summary>
    Abandoned,
}
