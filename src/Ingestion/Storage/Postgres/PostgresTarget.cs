using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The database the worker connects to, fit to be shown: never with the password.</summary>
internal sealed record PostgresTarget(string Key, string Host, int Port, string Database, string User)
{
    public static PostgresTarget From(string key, NpgsqlConnectionStringBuilder settings)
    {
        string user = settings.Username ?? Environment.UserName;
        return new PostgresTarget(key, settings.Host ?? "", settings.Port, settings.Database ?? user, user);
    }

    /// <summary>Host and port; of several hosts all, as they were written.</summary>
    public string Server => Host.Contains(',') ? Host : $"{Host}:{Port}";

    public override string ToString()
    {
        string server = Host.Contains(',') ? $"hosts {Host}" : $"host {Host}, port {Port}";
        return $"{Key} ({server}, database {Database}, user {User})";
    }
}
