using Ingestion.Configuration;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The parameters of a connection URI, by the names libpq has for them, and the settings of Npgsql that mean the same.</summary>
internal static class PostgresUriParameters
{
    private static readonly Dictionary<string, string> Keywords = new(StringComparer.Ordinal)
    {
        ["user"] = "Username",
        ["password"] = "Password",
        ["dbname"] = "Database",
        ["passfile"] = "Passfile",
        ["options"] = "Options",
        ["client_encoding"] = "Client Encoding",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
        ["fallback_application_name"] = "Application Name",
        ["keepalives"] = "Tcp Keepalive",
        ["keepalives_idle"] = "Tcp Keepalive Time",
        ["keepalives_interval"] = "Tcp Keepalive Interval",
        ["sslmode"] = "SSL Mode",
        ["ssl"] = "SSL Mode",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["sslrootcert"] = "Root Certificate",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["target_session_attrs"] = "Target Session Attributes",
        ["load_balance_hosts"] = "Load Balance Hosts",
    };

    /// <summary>Sets what a parameter means; the names of Npgsql are understood too, for what libpq has no name for.</summary>
    /// <exception cref="FormatException">There is no such parameter, or not with this value.</exception>
    public static void Set(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        string keyword = Keywords.GetValueOrDefault(name, name);
        if (!settings.ContainsKey(keyword))
            throw new FormatException($"is a URI with the parameter {name}, which has no counterpart in Npgsql{Suggest(name)}; leave it out");

        try
        {
            if (Translate(name, value) is { } translated)
                settings[keyword] = translated;
        }
        catch (ArgumentException exception)
        {
            throw new FormatException($"is a URI in which the parameter {name} {PostgresSettings.Allowed(keyword, exception)}", exception);
        }
    }

    /// <summary>Settles what depends on several parameters.</summary>
    public static void Complete(NpgsqlConnectionStringBuilder settings, bool isOneHost)
    {
        // libpq, too: with certificate authorities of its own, a server that is required to encrypt has to show that it is one of theirs.
        if (settings is { SslMode: SslMode.Require, RootCertificate: not null })
            settings.SslMode = SslMode.VerifyCA;
        // Of one host, that is what the worker needs anyway.
        if (isOneHost && settings.TargetSessionAttributes is "any" or "primary" or "read-write")
            settings.TargetSessionAttributes = null;
    }

    /// <summary>The value as Npgsql writes it; null when nothing is to be set.</summary>
    private static string? Translate(string name, string value) => (name, value) switch
    {
        ("ssl", "true") => nameof(SslMode.Require),
        ("sslmode", _) => value.Replace("-", "", StringComparison.Ordinal),
        ("sslrootcert", "system") => null,
        ("keepalives", _) => value == "0" ? "false" : "true",
        ("load_balance_hosts", "random") => "true",
        ("load_balance_hosts", "disable") => "false",
        ("client_encoding", _) when value is "auto" || value.Replace("-", "", StringComparison.Ordinal).Equals("utf8", StringComparison.OrdinalIgnoreCase) => null,
        ("connect_timeout", ['-', ..]) => "0",
        _ => value,
    };

    private static string Suggest(string name) => name.Equals("pgbouncer", StringComparison.OrdinalIgnoreCase)
        ? " (Storage:TransactionPooling is the setting for a pooler)"
        : Suggestion.Nearest(name, Keywords.Keys) is { } nearest ? $" (did you mean {nearest}?)" : "";
}
