using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Ingestion.Concurrency;

namespace Ingestion.Tests;

/// <summary>Holds the arrows between the folders of the library, and what the packages are known to.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Configuration"] = [],
        ["Items"] = [],
        ["Records"] = ["Items", "Configuration"],
        ["Telemetry"] = ["Items", "Configuration"],
        ["Sources"] = ["Items", "Records", "Telemetry", "Configuration"],
        ["Upstream"] = ["Items", "Records", "Telemetry", "Configuration"],
        ["Storage"] = ["Items", "Records", "Telemetry", "Configuration"],
        ["Concurrency"] = ["Items", "Records", "Telemetry", "Configuration"],
        ["Runs"] = ["Sources", "Concurrency", "Upstream", "Storage", "Items", "Records", "Telemetry", "Configuration"],
    };

    [Fact]
    public void Folders_depend_only_on_those_below_them()
    {
        // What the project file brings into all files shows in no using directive, only in the names of types.
        Dictionary<string, Regex> everywhere = UsedFolders().Matches(File.ReadAllText(Root("src/Ingestion/Ingestion.csproj")))
            .Select(match => match.Groups["folder"].Value).Where(Allowed.ContainsKey).ToDictionary(folder => folder, TypesOf, StringComparer.Ordinal);
        Assert.NotEmpty(everywhere);

        List<string> wrong = [];
        foreach (string file in SourceFiles("src/Ingestion"))
        {
            string folder = Path.GetRelativePath(Root("src/Ingestion"), file).Split(Path.DirectorySeparatorChar)[0];
            if (!Allowed.TryGetValue(folder, out string[]? allowed))
                continue;

            string code = string.Join('\n', File.ReadLines(file).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal)));
            wrong.AddRange(UsedFolders().Matches(File.ReadAllText(file))
                .Select(match => match.Groups["folder"].Value)
                .Concat(everywhere.Where(other => other.Value.IsMatch(code)).Select(other => other.Key))
                .Where(used => Allowed.ContainsKey(used) && used != folder && !allowed.Contains(used, StringComparer.Ordinal))
                .Select(used => $"{file} uses {used}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_of_the_library_has_its_place_in_the_architecture() =>
        Assert.Equal(
            Allowed.Keys.Order(StringComparer.Ordinal),
            SourceFiles("src/Ingestion")
                .Select(file => Path.GetRelativePath(Root("src/Ingestion"), file).Split(Path.DirectorySeparatorChar))
                .Where(parts => parts.Length > 1)
                .Select(parts => parts[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));

    [Fact]
    public void The_map_of_the_architecture_page_has_every_folder_of_the_library() =>
        Assert.Equal(
            Allowed.Keys.Order(StringComparer.Ordinal),
            MapRow().Matches(File.ReadAllText(Root("docs/architecture.md"))).Select(row => row.Groups["folder"].Value).Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Npgsql", "Storage/Postgres")]
    [InlineData("RabbitMQ.Client", "Sources/RabbitMq")]
    [InlineData("System.Net.Http", "Upstream")]
    public void A_technology_is_named_in_one_place(string name, string place)
    {
        string allowed = Root("src/Ingestion/" + place);
        Assert.DoesNotContain(SourceFiles("src/Ingestion"), file =>
            !file.StartsWith(allowed, StringComparison.Ordinal)
            && File.ReadLines(file).Any(line => line.StartsWith($"using {name};", StringComparison.Ordinal) || line.StartsWith($"using {name}.", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_library_knows_neither_the_host_nor_the_OpenTelemetry_SDK()
    {
        string[] referenced = [.. typeof(IngestionServiceCollectionExtensions).Assembly.GetReferencedAssemblies().Select(assembly => assembly.Name!)];

        Assert.DoesNotContain(referenced, name => name.StartsWith("OpenTelemetry", StringComparison.Ordinal));
        Assert.DoesNotContain(referenced, name => name.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal));
        Assert.DoesNotContain(referenced, name => name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_in_the_library_leaves_the_captured_context() =>
        Assert.DoesNotContain(SourceFiles("src/Ingestion"), file => File.ReadAllText(file).Contains("ConfigureAwait", StringComparison.Ordinal));

    [Fact]
    public void Every_strategy_has_a_folder_of_its_own() =>
        Assert.Equal(
            StrategyCatalog.All.Select(strategy => strategy.Name).Order(StringComparer.Ordinal),
            Directory.GetDirectories(Root("src/Ingestion/Concurrency")).Select(Path.GetFileName).Order(StringComparer.Ordinal)!);

    [GeneratedRegex(@"\bIngestion\.(?<folder>[A-Z]\w+)\b", RegexOptions.NonBacktracking)]
    private static partial Regex UsedFolders();

    [GeneratedRegex(@"^\| `(?<folder>[A-Z][a-z]+)/` \|", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex MapRow();

    private static Regex TypesOf(string folder) => new(
        $@"\b({string.Join('|', SourceFiles("src/Ingestion/" + folder).Select(Path.GetFileNameWithoutExtension))})\b", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    private static IEnumerable<string> SourceFiles(string folder) =>
        Directory.EnumerateFiles(Root(folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));

    private static string Root(string relative, [CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", relative));
}
