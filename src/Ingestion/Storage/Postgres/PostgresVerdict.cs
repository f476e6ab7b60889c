namespace Ingestion.Storage.Postgres;

/// <summary>What an answer of PostgreSQL is about.</summary>
internal enum PostgresVerdict
{
    /// <summary>The server, or the way to it: the same statement can succeed later.</summary>
    Wait,

    /// <summary>What was sent: that row is a dead letter, and others are stored.</summary>
    Row,

    /// <summary>How the database is set up, or how it is connected to: neither waiting nor another row helps.</summary>
    Configuration,
}
