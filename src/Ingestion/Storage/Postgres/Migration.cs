using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Ingestion.Storage.Postgres;

/// <summary>An embedded script that takes the schema from version - 1 to version. Once released it never changes.</summary>
internal sealed record Migration(int Version, string Name, string Script, string Checksum)
{
    private const string Folder = "Migrations/";

    /// <summary>All scripts, by version.</summary>
    public static IReadOnlyList<Migration> All { get; } = Load(typeof(Migration).Assembly);

    private static Migration[] Load(Assembly assembly) =>
    [
        .. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Version),
    ];

    private static Migration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        // A checkout may have changed the line ends; the script is the same.
        string script = reader.ReadToEnd().ReplaceLineEndings("\n");
        string name = Path.GetFileNameWithoutExtension(resource[Folder.Length..]);
        string checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        return new Migration(int.Parse(name[..name.IndexOf('_', StringComparison.Ordinal)]), name, script, checksum);
    }
}
