using System.Text.RegularExpressions;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// The schema that holds the tables. All SQL of this folder is written for the schema <c>ingestion</c>, as the released migrations are, and goes through
/// <see cref="In"/> on its way to the server.
/// </summary>
internal sealed partial record SchemaName(string Name)
{
    /// <summary>As an identifier, so that a name that is a key word of SQL is one too.</summary>
    public string Quoted => Name == StorageOptions.DefaultSchema ? Name : $"\"{Name}\"";

    /// <summary>What to lock in place of <paramref name="what"/>: workers with other schemas do not meet.</summary>
    public string Lock(string what) => $"{Name}:{what}";

    /// <summary>The SQL with this schema in place of <c>ingestion</c>.</summary>
    public string In(string sql) => Name == StorageOptions.DefaultSchema ? sql : Qualifier().Replace(sql, Quoted + ".");

    public override string ToString() => Name;

    [GeneratedRegex(@"\bingestion\.(?=[a-z_'])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Qualifier();
}
