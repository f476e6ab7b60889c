namespace Ingestion.Configuration;

/// <summary>What came out of a check.</summary>
public enum FindingKind
{
    /// <summary>A run can use it.</summary>
    Ok,

    /// <summary>Waiting does not help: the configuration is wrong, or what it names cannot be used like this.</summary>
    Wrong,

    /// <summary>It is away, or refuses; later it may be there.</summary>
    Unavailable,

    /// <summary>It was not looked at, because something before it is wrong or it does not apply.</summary>
    Skipped,
}
