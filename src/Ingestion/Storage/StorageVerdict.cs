namespace Ingestion.Storage;

/// <summary>What an error of the database is about.</summary>
internal enum StorageVerdict
{
    Wait, // The server, or the way to it: the same statement can succeed later.
    Row, // What was sent: that row is a dead letter, and others are stored.
    Configuration, // How the database is set up, or how it is connected to: neither waiting nor another row helps.
}
