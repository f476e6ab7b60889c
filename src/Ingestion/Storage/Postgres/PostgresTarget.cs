using Ingestion.Configuration;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The database the connection string points at, fit to be shown: never with the password.</summary>
internal sealed record PostgresTarget(string Host, int Port, string Database, string User)
{
    /// <summary>What a connection string gets unless it says otherwise. The worker needs a connection to write, one for the lease, and a few at times; without GSS encryption it needs no Kerberos library, which small images lack.</summary>
    private const string Defaults = "Application Name=ingestion-worker;Maximum Pool Size=8;Tcp Keepalive=true;GSS Encryption Mode=Disable;";

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

        return settings.Port is > 0 and <= 65535 ? settings : throw Invalid($"has Port={settings.Port}, but a port is from 1 to 65535");
    }

    public override string ToString() => $"{StorageOptions.ConnectionStringKey} (host {Host}, port {Port}, database {Database}, user {User})";

    private static IngestionConfigurationException Invalid(string what) =>
        new($"{StorageOptions.ConnectionStringKey} {what}; write it like {Example}");
}
