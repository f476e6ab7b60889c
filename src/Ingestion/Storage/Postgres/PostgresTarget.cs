using Ingestion.Configuration;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The database the connection string points at, fit to be shown: never with the password.</summary>
internal sealed record PostgresTarget(string Host, int Port, string Database, string User)
{
    /// <summary>What a connection string gets unless it says otherwise. The worker needs a connection to write and a few at times; without GSS encryption it needs no Kerberos library, which small images lack. With several hosts, the new primary is found 2 s after a failover. A server that vanished without a word is noticed after a minute even where a command has no time limit.</summary>
    private const string Defaults = "Application Name=ingestion-worker;Maximum Pool Size=8;Tcp Keepalive=true;Tcp Keepalive Time=10;Tcp Keepalive Interval=5;GSS Encryption Mode=Disable;Host Recheck Seconds=2;";

    /// <summary>Of several hosts, the one to connect to, unless the connection string says otherwise.</summary>
    private const string PrimaryOnly = "read-write";

    private const string Example = "\"Host=localhost;Port=5432;Database=ingestion;Username=ingestion;Password=…\"";

    public static PostgresTarget From(NpgsqlConnectionStringBuilder settings)
    {
        string user = settings.Username ?? Environment.UserName;
        return new PostgresTarget(settings.Host ?? "", settings.Port, settings.Database ?? user, user);
    }

    /// <summary>Parses a connection string. The parser's own message is not passed on: it may quote a part of an unquoted password.</summary>
    public static NpgsqlConnectionStringBuilder Parse(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw Invalid("is missing");

        if (connectionString.TrimStart().StartsWith("postgres", StringComparison.OrdinalIgnoreCase) && connectionString.Contains("://", StringComparison.Ordinal))
            throw Invalid("is a URI, which is not understood");

        NpgsqlConnectionStringBuilder settings;
        try
        {
            // Otherwise Npgsql would hand the password on, to the name of its metrics among others.
            settings = new NpgsqlConnectionStringBuilder(Defaults + connectionString) { PersistSecurityInfo = false };
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            throw Invalid("(its value is not shown) is not a valid Npgsql connection string");
        }

        if (string.IsNullOrWhiteSpace(settings.Host))
            throw Invalid("names no Host");

        if (settings.Host.Contains(','))
            settings.TargetSessionAttributes ??= PrimaryOnly;
        else if (settings.TargetSessionAttributes is not null)
            throw Invalid("has Target Session Attributes, which choose among several hosts, but names only one");

        return settings.Port is > 0 and <= 65535 ? settings : throw Invalid($"has Port={settings.Port}, but a port is from 1 to 65535");
    }

    /// <summary>Host and port; of several hosts all, as they were written.</summary>
    public string Server => Host.Contains(',') ? Host : $"{Host}:{Port}";

    public override string ToString()
    {
        string server = Host.Contains(',') ? $"hosts {Host}" : $"host {Host}, port {Port}";
        return $"{StorageOptions.ConnectionStringKey} ({server}, database {Database}, user {User})";
    }

    private static IngestionConfigurationException Invalid(string what) =>
        new($"{StorageOptions.ConnectionStringKey} {what}; write it like {Example}");
}
