using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>How to connect, from a connection string of Npgsql or a URI. Everything that can be checked without the server is: no message shows a part of what was configured that may be a secret.</summary>
internal static class PostgresSettings
{
    /// <summary>What a connection string gets unless it says otherwise. The worker needs a connection to write and a few at times; without GSS encryption it needs no Kerberos library, which small images lack. With several hosts, the new primary is found 2 s after a failover. A server that vanished without a word is noticed after a minute even where a command has no time limit.</summary>
    private const string Defaults = "Application Name=ingestion-worker;Maximum Pool Size=8;Tcp Keepalive=true;Tcp Keepalive Time=10;Tcp Keepalive Interval=5;GSS Encryption Mode=Disable;Host Recheck Seconds=2;";

    /// <summary>Of several hosts, the one to connect to, unless the connection string says otherwise.</summary>
    private const string PrimaryOnly = "read-write";

    private const string Example = "\"Host=localhost;Port=5432;Database=ingestion;Username=ingestion;Password=…\" or postgres://ingestion:…@localhost:5432/ingestion";

    /// <summary>What is misspelt most often.</summary>
    private static readonly string[] Keywords =
    [
        "Host", "Port", "Database", "Username", "Password", "Application Name", "Maximum Pool Size", "Minimum Pool Size", "Timeout", "Command Timeout", "SSL Mode", "Root Certificate",
        "SSL Certificate", "SSL Key", "Search Path", "Options", "Pooling", "Target Session Attributes", "Load Balance Hosts", "Keepalive", "Tcp Keepalive", "Include Error Detail",
    ];

    /// <summary>Reads <c>ConnectionStrings:Postgres</c>, or where that is not set <c>DATABASE_URL</c>.</summary>
    /// <exception cref="IngestionConfigurationException">It cannot be used.</exception>
    public static (NpgsqlConnectionStringBuilder Settings, PostgresTarget Target) Read(IConfiguration configuration)
    {
        string? text = configuration[StorageOptions.ConnectionStringKey];
        string key = string.IsNullOrWhiteSpace(text) && !string.IsNullOrWhiteSpace(configuration[StorageOptions.UrlKey]) ? StorageOptions.UrlKey : StorageOptions.ConnectionStringKey;
        try
        {
            NpgsqlConnectionStringBuilder settings = Parse(configuration[key]);
            Check(settings);
            // Some combinations Npgsql refuses only here.
            NpgsqlDataSource.Create(settings.ConnectionString).Dispose();
            return (settings, PostgresTarget.From(key, settings));
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw new IngestionConfigurationException($"{key} cannot be used: {exception.Message.ReplaceLineEndings(" ")}; write it like {Example}");
        }
        catch (FormatException exception)
        {
            throw new IngestionConfigurationException($"{key} {exception.Message}; write it like {Example}");
        }
    }

    /// <summary>A connection string or a URI as it may be shown; nothing of one that cannot be read.</summary>
    public static string WithoutPasswords(string text)
    {
        NpgsqlConnectionStringBuilder settings = [];
        try
        {
            if (PostgresUri.IsOne(text.Trim()))
                PostgresUri.Read(text.Trim(), settings);
            else
                settings.ConnectionString = text;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            return "***";
        }

        if (settings.Password is not null)
            settings.Password = "***";
        if (settings.SslPassword is not null)
            settings.SslPassword = "***";
        return settings.ConnectionString;
    }

    /// <summary>The path of a folder, or a name in the abstract namespace of Linux.</summary>
    public static bool IsSocket(string host) => host is ['/' or '@', ..];

    /// <summary>What a keyword that Npgsql knows must be, from what it says of a value that it refuses. The value is not shown.</summary>
    public static string Allowed(string keyword, ArgumentException refusal) => "must be " + (keyword.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant(), refusal.InnerException) switch
    {
        ("SSLMODE", _) => NamesOf<SslMode>(),
        ("SSLNEGOTIATION", _) => NamesOf<SslNegotiation>(),
        ("CHANNELBINDING", _) => NamesOf<ChannelBinding>(),
        ("GSSENCRYPTIONMODE", _) => NamesOf<GssEncryptionMode>(),
        ("TARGETSESSIONATTRIBUTES", _) => "any, primary, prefer-primary or read-write",
        // "value ('-1') must be a non-negative value. (Parameter …": from the limit on, nothing is the user's.
        (_, ArgumentOutOfRangeException { Message: var message }) when message.LastIndexOf("must be ", StringComparison.Ordinal) is var limit and >= 0 =>
            message[(limit + "must be ".Length)..].Split(['.', '(', '\n'])[0].TrimEnd(),
        (_, FormatException { Message: var message }) when message.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        (_, FormatException or OverflowException) => "a whole number",
        _ => "a value that Npgsql knows",
    };

    private static NpgsqlConnectionStringBuilder Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw new FormatException($"is missing, and so is {StorageOptions.UrlKey}");

        text = text.Trim();
        var settings = new NpgsqlConnectionStringBuilder(Defaults);
        try
        {
            if (PostgresUri.IsOne(text))
                PostgresUri.Read(text, settings);
            else
                settings.ConnectionString = Defaults + text;
        }
        catch (ArgumentException exception)
        {
            // Of a keyword that is not one, nothing is shown: it may be a part of a password without quotes.
            throw new FormatException("(its value is not shown) is not a valid Npgsql connection string" + exception switch
            {
                { ParamName: null } => "",
                { ParamName: var unknown, InnerException: KeyNotFoundException } =>
                    $": it has a keyword that Npgsql does not know{(Suggestion.Nearest(unknown, Keywords) is { } nearest ? $" and that may mean {nearest}" : "; a password with a ; or = in it needs quotes")}",
                { ParamName: var keyword } => $": {keyword} {Allowed(keyword, exception)}",
            }, exception);
        }

        // Otherwise Npgsql would hand the password on, to the name of its metrics among others.
        settings.PersistSecurityInfo = false;
        return settings;
    }

    private static void Check(NpgsqlConnectionStringBuilder settings)
    {
        if (string.IsNullOrWhiteSpace(settings.Host))
            throw new FormatException("names no Host");
        if (settings.TargetSessionAttributes is "standby" or "read-only")
            throw new FormatException($"has Target Session Attributes={settings.TargetSessionAttributes}, but the worker writes; leave it out");
        if (settings.Host.Contains(','))
            settings.TargetSessionAttributes ??= PrimaryOnly;
        else if (settings.TargetSessionAttributes is not null)
            throw new FormatException("has Target Session Attributes, which choose among several hosts, but names only one");
        if (settings.Port is < 1 or > 65535)
            throw new FormatException($"has Port={settings.Port}, but a port is from 1 to 65535");
        if (settings.Multiplexing)
            throw new FormatException("has Multiplexing=true, but the worker keeps prepared statements and locks in its sessions; leave it out");
        if (settings.MinPoolSize > settings.MaxPoolSize)
            throw new FormatException($"has Minimum Pool Size={settings.MinPoolSize}, more than Maximum Pool Size={settings.MaxPoolSize}, which is 8 unless it is set; raise the maximum or lower the minimum");
        foreach ((string keyword, string? file) in ((string, string?)[])[("Root Certificate", settings.RootCertificate), ("SSL Certificate", settings.SslCertificate), ("SSL Key", settings.SslKey)])
        {
            if (!string.IsNullOrEmpty(file) && !File.Exists(file))
                throw new FormatException($"has {keyword}={file}, but there is no such file");
        }

        // A socket of the machine has no such thing, and setting it fails.
        if (settings.Host.Split(',').Any(IsSocket))
            (settings.TcpKeepAlive, settings.TcpKeepAliveTime, settings.TcpKeepAliveInterval) = (false, 0, 0);
    }

    private static string NamesOf<T>()
        where T : struct, Enum => string.Join(", ", Enum.GetNames<T>());
}
