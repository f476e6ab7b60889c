namespace Ingestion.Runs.Recording;

/// <summary>Where a run's next items may come from.</summary>
public enum Supply
{
    /// <summary>The source may have more.</summary>
    Feeding,

    /// <summary>The source may have more, but is held back until fewer items wait for their next attempt.</summary>
    HeldBack,

    /// <summary>The source has delivered everything.</summary>
    Ended,

    /// <summary>The run was told to stop: nothing new is begun.</summary>
    Stopped,
}
