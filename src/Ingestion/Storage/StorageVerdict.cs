namespace Ingestion.Storage;

/// <summary>What an error of the database is about.</summary>
internal enum StorageVerdict
{
    /// <summary>The server, or the way to it: the same statement can succeed later.</summary>
    Wait,

    /// <summary>What was sent: that row is a dead letter, and others are stored.</summary>
    Row,

    /// <summary>How the database is set up, or how it is connected to: neither waiting nor another row helps.</summary>
    Configuration,
}
