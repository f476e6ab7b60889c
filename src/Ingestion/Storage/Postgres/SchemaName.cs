using System.Text.RegularExpressions;
using Ingestion.Records;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// The schema that holds the tables. All SQL of this folder is written for the schema <c>ingestion</c>, as the released migrations are, and goes through
/// <see cref="In(string)"/> on its way to the server.
/// </summary>
internal sealed partial record SchemaName(string Name)
{
    /// <summary>As an identifier, so that a name that is a key word of SQL is one too.</summary>
    public string Quoted => Name == StorageOptions.DefaultSchema ? Name : $"\"{Name}\"";

    /// <summary>What to lock in place of <paramref name="what"/>: workers with other schemas do not meet.</summary>
    public string Lock(string what) => $"{Name}:{what}";

    /// <summary>The SQL with this schema in place of <c>ingestion</c>.</summary>
    public string In(string sql) => Name == StorageOptions.DefaultSchema ? sql : Qualifier().Replace(sql, Quoted + ".");

    /// <summary>As <see cref="In(string)"/>, with the resource's table in place of <c>ingestion.records</c> and the type of its keys in place of <c>KEY_TYPE</c>.</summary>
    public string In(string sql, Resource resource) =>
        In(sql.Replace("ingestion.records", "ingestion." + resource.Name, StringComparison.Ordinal).Replace("KEY_TYPE", KeyType(resource), StringComparison.Ordinal));

    /// <summary>The type of keys in a definition. Text is compared byte by byte: in the same order everywhere, and as <see cref="Items.ItemKey"/> is.</summary>
    public static string KeyType(Resource resource) => resource.HasTextKeys ? "text COLLATE \"C\"" : TypeOf(resource);

    /// <summary>The type of keys by itself.</summary>
    public static string TypeOf(Resource resource) => resource.HasTextKeys ? "text" : "bigint";

    public override string ToString() => Name;

    [GeneratedRegex(@"\bingestion\.(?=[a-z_'])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Qualifier();
}
