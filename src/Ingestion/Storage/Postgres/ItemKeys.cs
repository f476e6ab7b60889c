using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Keys as PostgreSQL has them: <c>bigint</c> or <c>text</c>, as the resource says.</summary>
internal static class ItemKeys
{
    /// <summary>What is below every key that is used.</summary>
    public static ItemKey Least(bool isText) => isText ? "" : long.MinValue;

    public static NpgsqlParameter Parameter(ItemKey key, bool isText) =>
        isText ? new NpgsqlParameter<string> { TypedValue = key.ToString() } : new NpgsqlParameter<long> { TypedValue = key.Number };

    public static NpgsqlParameter Parameter(IEnumerable<ItemKey> keys, bool isText) =>
        isText ? new NpgsqlParameter<string[]> { TypedValue = [.. keys.Select(key => key.ToString())] } : new NpgsqlParameter<long[]> { TypedValue = [.. keys.Select(key => key.Number)] };

    public static ItemKey Read(NpgsqlDataReader reader, int column, bool isText) => isText ? reader.GetString(column) : reader.GetInt64(column);
}
