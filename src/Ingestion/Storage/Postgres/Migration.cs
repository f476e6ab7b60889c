using System.Reflection;
using System.Security.Cryptography;

namespace Ingestion.Storage.Postgres;

/// <summary>An embedded script that takes the schema from version - 1 to version. Once released it never changes.</summary>
internal sealed record Migration(int Version, string Name, string Script, string Checksum)
{
    private const string Folder = "Migrations/";
    private const int BaselineVersion = 6;

    public static IReadOnlyList<Migration> All { get; } = Load(typeof(Migration).Assembly);

    /// <summary>Makes of an empty database what those of <see cref="All"/> that are <see cref="IsInBaseline"/> would make.</summary>
    public static string Baseline { get; } = ReadScript(typeof(Migration).Assembly, "Baseline.sql");

    /// <summary>Makes the view of the outcomes, after the scripts.</summary>
    public static string OutcomesView { get; } = ReadScript(typeof(Migration).Assembly, "OutcomesView.sql");

    /// <summary>Makes the table of the resource, after the scripts, with its generated columns in place of <c>COLUMNS</c>.</summary>
    public static string RecordsTable { get; } = ReadScript(typeof(Migration).Assembly, "RecordsTable.sql");

    /// <summary>Whether <see cref="Baseline"/> does the same.</summary>
    public bool IsInBaseline => Version <= BaselineVersion;

    private static Migration[] Load(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Version),
    ];

    private static Migration Read(Assembly assembly, string resource)
    {
        string script = ReadScript(assembly, resource);
        string name = Path.GetFileNameWithoutExtension(resource[Folder.Length..]);
        string checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        return new Migration(int.Parse(name[..name.IndexOf('_', StringComparison.Ordinal)]), name, script, checksum);
    }

    private static string ReadScript(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        // A checkout may have changed the line ends; the script is the same.
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
