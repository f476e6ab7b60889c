using System.Text.RegularExpressions;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Reads a connection URI as libpq does (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS) into the settings of Npgsql that mean the same. What is wrong is
/// said without any part of it but the names of parameters: what follows a misplaced sign may be the password.
/// </summary>
internal static partial class PostgresUri
{
    private const string Unescaped = "is a URI with a sign that has to be percent-encoded in user name, password, database and parameters: @ is %40, / is %2F, ? is %3F, & is %26, % is %25";
    private const int DefaultPort = 5432;

    /// <summary>The names that libpq has for parameters, and the settings of Npgsql that mean the same.</summary>
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
        ["ssl"] = "SSL Mode",
        ["sslmode"] = "SSL Mode",
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

    /// <summary>Whether it is one, and not a connection string.</summary>
    public static bool IsOne(string text) => text.Split("://") is [var scheme, _, ..] && scheme.ToUpperInvariant() is "POSTGRES" or "POSTGRESQL";

    /// <exception cref="FormatException">With what is wrong, to be read after the name of the key.</exception>
    public static void Read(string uri, NpgsqlConnectionStringBuilder settings)
    {
        string rest = uri[(uri.IndexOf("://", StringComparison.Ordinal) + 3)..];
        int path = rest.AsSpan().IndexOfAny('/', '?') is var found and >= 0 ? found : rest.Length;
        (string authority, rest) = (rest[..path], rest[path..]);
        if (rest.Contains('@') || BadEscape().IsMatch(uri))
            throw new FormatException(Unescaped);

        // An @ in the password ends at the last one, where a host begins.
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            string[] user = authority[..at].Split(':', 2);
            settings.Username = Uri.UnescapeDataString(user[0]);
            settings.Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null;
        }

        List<(string Host, string Port)> hosts = [.. authority[(at + 1)..].Split(',').Select(SplitPort)];
        string[] parts = rest.Split('?', 2);
        if (parts[0].Length > 1)
            settings.Database = Uri.UnescapeDataString(parts[0][1..]);
        foreach ((string name, string value) in Parameters(parts.ElementAtOrDefault(1) ?? ""))
        {
            string[] list = value.Split(',');
            if (name == "host")
                hosts = [.. list.Select((host, i) => (host, hosts.ElementAtOrDefault(i).Port ?? ""))];
            else if (name == "port")
                hosts = [.. hosts.Select((host, i) => (host.Host, list.Length == 1 ? list[0] : list.ElementAtOrDefault(i) ?? ""))];
            else
                Set(settings, name, value);
        }

        SetHosts(settings, hosts);
        Complete(settings, isOneHost: hosts.Count == 1);
    }

    private static (string Host, string Port) SplitPort(string host)
    {
        // An IPv6 address has its colons in brackets.
        int colon = host.LastIndexOf(':') is var last && last > host.LastIndexOf(']') ? last : host.Length;
        return (Uri.UnescapeDataString(host[..colon].Trim('[', ']')), colon < host.Length ? host[(colon + 1)..] : "");
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder settings, List<(string Host, string Port)> hosts)
    {
        var servers = new List<string>();
        foreach ((string host, string port) in hosts)
        {
            if (!int.TryParse(port.Length == 0 ? $"{DefaultPort}" : port, out int number) || number is < 1 or > 65535)
                throw new FormatException("is a URI with a port that is not a number from 1 to 65535; if that is a part of the password, percent-encode it (: is %3A, / is %2F)");
            if (host.Length == 0 && hosts.Count > 1)
                throw new FormatException("is a URI that names no host between two commas");

            bool isAlone = hosts.Count == 1 || PostgresSettings.IsSocket(host);
            if (isAlone)
                settings.Port = number;
            servers.Add(isAlone ? host : host.Contains(':') ? $"[{host}]:{number}" : $"{host}:{number}");
        }

        settings.Host = string.Join(',', servers);
    }

    private static IEnumerable<(string Name, string Value)> Parameters(string query)
    {
        IEnumerable<(string Name, string Value)> parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(parameter => parameter.Split('=', 2) is [var name, var value]
            ? (Uri.UnescapeDataString(name), Uri.UnescapeDataString(value))
            : throw new FormatException("is a URI with a parameter that has no value; write name=value"));
        // One port is for all hosts, wherever it stands, and a name to fall back to is for when there is no other.
        return parameters.OrderBy(parameter => parameter.Name switch { "fallback_application_name" => 0, "port" => 2, _ => 1 });
    }

    /// <summary>Sets what a parameter means; the names of Npgsql are understood too, for what libpq has no name for.</summary>
    private static void Set(NpgsqlConnectionStringBuilder settings, string name, string value)
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
    private static void Complete(NpgsqlConnectionStringBuilder settings, bool isOneHost)
    {
        // libpq, too: with its own certificate authorities, a server that is required to encrypt has to show that it is one of theirs.
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

    [GeneratedRegex("%(?![0-9A-Fa-f]{2})|%00", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex BadEscape();
}
