using System.Diagnostics;
using System.Text.Json;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary>What a stranger has to do for a strategy and a resource of their own: a folder and a line, and a file.</summary>
public sealed class ExtensionTests(PostgresServer postgres) : IDisposable
{
    private const string Strategy =
        """
        namespace Ingestion.Concurrency.Freely;

        /// <summary>A task for each item, as soon as there is a slot.</summary>
        internal sealed class FreelyStrategy : IConcurrencyStrategy
        {
            public static StrategyDescriptor Descriptor { get; } = new("Freely", MinimumDegree: 1, FixedDegree: null, new FreelyStrategy());

            public async Task RunAsync<TItem>(StrategyContext<TItem> run)
            {
                List<Task> going = [];
                while (await run.TakeAsync() is { } taken)
                {
                    going.RemoveAll(task => task.IsCompleted);
                    going.Add(Task.Run(() => run.ProcessAsync(taken).AsTask(), CancellationToken.None));
                }

                await Task.WhenAll(going);
            }
        }
        """;

    private const string Line = "        AdaptiveStrategy.Descriptor,\n";

    private const string Resource =
        """
        {
          "Resource": {
            "Name": "places",
            "Item": "place",
            "Path": "location/{id}",
            "Required": { "/name": "string" },
            "Columns": { "name": "text /name", "residents": "integer = jsonb_array_length(raw->'residents')" }
          },
          "Ingestion": { "Ids": "1-130" }
        }
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);

    private static readonly string[] Parts = ["src", "tests/Ingestion.Tests", "tests/TestSupport"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-extension-");

    [Fact]
    public async Task A_strategy_is_a_folder_and_a_line_and_a_resource_is_a_file()
    {
        CopyTheSources();
        Write("src/Ingestion/Concurrency/Freely/FreelyStrategy.cs", Strategy);
        string catalog = Repository.Read("src/Ingestion/Concurrency/StrategyCatalog.cs");
        Assert.Contains(Line, catalog, StringComparison.Ordinal);
        Write("src/Ingestion/Concurrency/StrategyCatalog.cs", catalog.Replace(Line, Line + "        Freely.FreelyStrategy.Descriptor,\n", StringComparison.Ordinal));
        string resource = Write("places.json", Resource);

        await RunAsync("dotnet", "build", "tests/Ingestion.Tests", "-c", "Release", "-v", "quiet", "--nologo", "-p:RunAnalyzers=false", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        ProcessResult suite = await RunAsync("dotnet", "tests/Ingestion.Tests/bin/Release/net10.0/Ingestion.Tests.dll", "--progress", "off", "--filter-class", "*StrategyConformanceTests", "--output", "Detailed");
        Assert.Contains("""Every_item_runs_exactly_once_and_ends_once(strategy: "Freely")""", suite.StandardOutput, StringComparison.Ordinal);

        await RunAsync("dotnet", "build", "src/Worker", "-c", "Release", "-v", "quiet", "--nologo", "-p:RunAnalyzers=false", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        await using Stage stage = await Stage.SetAsync(postgres);
        await RunAsync(stage.Environment(), "dotnet", "src/Worker/bin/Release/net10.0/ingestion-worker.dll", "run", "--resource", resource, "--strategy", "Freely", "--dop", "8", "--summary", stage.SummaryFile);

        JsonElement summary = stage.ReadSummary();
        Assert.Equal(("Freely", 126, 4), (summary.GetProperty("strategy").GetString(), summary.GetProperty("ingested").GetInt32(), summary.GetProperty("notFound").GetInt32()));
        Assert.InRange(summary.GetProperty("maxInFlight").GetInt32(), 2, 8);
        Assert.Equal(126, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.places WHERE name = raw->>'name' AND residents IS NOT NULL"));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private void CopyTheSources()
    {
        string[] files = [.. Parts.SelectMany(part => Directory.EnumerateFiles(Repository.PathOf(part), "*", SearchOption.AllDirectories)), .. Directory.EnumerateFiles(Repository.PathOf("."))];
        string root = Repository.PathOf(".");
        foreach (string file in files.Select(file => Path.GetRelativePath(root, file)).Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")))
        {
            string copy = Path.Combine(_folder.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Repository.PathOf(file), copy);
        }
    }

    private string Write(string file, string text)
    {
        string path = Path.Combine(_folder.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    private Task<ProcessResult> RunAsync(params IEnumerable<string> command) => RunAsync([], command);

    private async Task<ProcessResult> RunAsync(Dictionary<string, string?> environment, params IEnumerable<string> command)
    {
        ProcessStartInfo start = new(command.First(), command.Skip(1)) { WorkingDirectory = _folder.FullName };
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        await using CapturedProcess process = new(start);
        ProcessResult result = await process.WaitForExitAsync(Patience);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', command)} ended with {result.ExitCode}\n{result.StandardOutput}\n{result.StandardError}");
        return result;
    }
}
