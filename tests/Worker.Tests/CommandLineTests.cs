using Worker.Commands;

namespace Worker.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "run", "")]
    [InlineData("status", "status", "")]
    [InlineData("--ids 1-10", "run", "Ingestion:Ids=1-10,Ingestion:IdsFile=,Ingestion:Query=,Ingestion:Source=Ids")]
    [InlineData("--ids-file -", "run", "Ingestion:IdsFile=-,Ingestion:Query=,Ingestion:Source=File")]
    [InlineData("--query SELECT", "run", "Ingestion:IdsFile=,Ingestion:Query=SELECT,Ingestion:Source=Query")]
    [InlineData("--ids-file a --query b", "run", "Ingestion:IdsFile=a,Ingestion:Query=b,Ingestion:Source=File")]
    [InlineData("--ids-file=a.txt --source Catalog", "run", "Ingestion:IdsFile=a.txt,Ingestion:Query=,Ingestion:Source=Catalog")]
    [InlineData("run --ids=1-10 --strategy ThreadPool --dop 5 --delay 2s", "run", "Ingestion:DegreeOfParallelism=5,Ingestion:Delay=00:00:02,Ingestion:Ids=1-10,Ingestion:IdsFile=,Ingestion:Query=,Ingestion:Source=Ids,Ingestion:Strategy=ThreadPool")]
    [InlineData("--dop:5", "run", "Ingestion:DegreeOfParallelism=5")]
    [InlineData("--dop Auto", "run", "Ingestion:DegreeOfParallelism=auto")]
    [InlineData("--dop -1", "run", "Ingestion:DegreeOfParallelism=-1")]
    [InlineData("--fail-above 1.50%", "run", "Ingestion:FailAbove=1.50%")]
    [InlineData("redrive --fail-above 10", "redrive", "Ingestion:FailAbove=10")]
    [InlineData("--repeat 1m30s", "run", "Ingestion:Repeat=00:01:30")]
    [InlineData("--source Catalog --upstream http://localhost:5000/api/", "run", "Ingestion:Source=Catalog,Upstream:BaseAddress=http://localhost:5000/api/")]
    [InlineData("--Ingestion:ChannelCapacity=64", "run", "Ingestion:ChannelCapacity=64")]
    [InlineData("--Ingestion:ChannelCapacity 64 --ids 7", "run", "Ingestion:ChannelCapacity=64,Ingestion:Ids=7,Ingestion:IdsFile=,Ingestion:Query=,Ingestion:Source=Ids")]
    [InlineData("--Logging:LogLevel:Default=Debug status", "status", "Logging:LogLevel:Default=Debug")]
    [InlineData("migrate --ConnectionStrings:Postgres Host=db;Password=a=b", "migrate", "ConnectionStrings:Postgres=Host=db;Password=a=b")]
    [InlineData("--ids 1 --Ingestion:Ids=2", "run", "Ingestion:Ids=1,Ingestion:IdsFile=,Ingestion:Query=,Ingestion:Source=Ids")]
    [InlineData("redrive --rate 2.5 --strategy Pipeline --dop 4", "redrive", "Ingestion:DegreeOfParallelism=4,Ingestion:Strategy=Pipeline,Upstream:RequestsPerSecond=2.5")]
    [InlineData("redrive --run 01a202c5-825d-78f6-ba15-53bff92277af --reason 503 --ids 1-10,42 --since 24h --until 2026-11-23 --dry-run", "redrive", "")]
    [InlineData("redrive --since 2h --until 1h", "redrive", "")]
    [InlineData("preview --ids 1,7 --resource my.json --upstream http://localhost/ --json", "preview", "Resource:File=my.json,Upstream:BaseAddress=http://localhost/")]
    [InlineData("preview --id a --id b:c", "preview", "")]
    [InlineData("enqueue --id=-5 --id b --resource my.json", "enqueue", "Resource:File=my.json")]
    [InlineData("compare --resource my.json", "compare", "Resource:File=my.json")]
    [InlineData("redrive --resource my.json", "redrive", "Resource:File=my.json")]
    [InlineData("status --resource my.json", "status", "Resource:File=my.json")]
    [InlineData("config --json --resource my.json", "config", "Resource:File=my.json")]
    [InlineData("validate --json --resource my.json", "validate", "Resource:File=my.json")]
    [InlineData("dead --reason x --id 7 --id=-8 --limit 5 --json", "dead", "")]
    [InlineData("dead discard --reason x --note y --resource my.json", "discard", "Resource:File=my.json")]
    [InlineData("migrate --resource my.json", "migrate", "Resource:File=my.json")]
    [InlineData("compare", "compare", "")]
    [InlineData("compare --ids 1-10 --source Ids --delay 2s --dop 5 --upstream http://localhost/ --strategies ThreadPool:5,Async:0 --repeat 1 --jaeger-url http://localhost:16686 --Transform:FingerprintIterations=9", "compare", "Ingestion:DegreeOfParallelism=5,Ingestion:Delay=00:00:02,Ingestion:Ids=1-10,Ingestion:IdsFile=,Ingestion:Query=,Ingestion:Source=Ids,Transform:FingerprintIterations=9,Upstream:BaseAddress=http://localhost/")]
    [InlineData("status --run 01a202c5-825d-78f6-ba15-53bff92277af --json", "status", "")]
    public void A_command_line_becomes_a_command_and_settings(string line, string command, string expected)
    {
        var root = CommandLine.CreateRoot(out Dictionary<string, string?> settings);
        var parsed = CommandLine.Parse(root, Split(line), settings, out string? error);

        Assert.Null(error);
        Assert.Equal(command, parsed!.CommandResult.Command.Name);
        Assert.Equal(expected, string.Join(',', settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Theory]
    [InlineData("frob", "'frob' is not a command; see ingestion-worker --help")]
    [InlineData("--frob", "'--frob' is not an option of run; see ingestion-worker run --help")]
    [InlineData("migrate extra", "'extra' is not an option of migrate; see ingestion-worker migrate --help")]
    [InlineData("--dop x", "--dop: 'x' is neither a whole number nor auto; see ingestion-worker run --help")]
    [InlineData("--delay 5", "--delay: '5' is not a duration; write it as 2s, 500ms, 1m30s or 00:00:02; see ingestion-worker run --help")]
    [InlineData("--ids", "--ids has no value: Ranges and single IDs, such as 1-10,42,100-200. Default 1-826; see ingestion-worker run --help")]
    [InlineData("--dop=", "--dop has no value: Degree of parallelism. 0 = no cap, where the strategy allows it; auto = adjusted to what the upstream can handle. For Adaptive it is the upper bound. Default 16; see ingestion-worker run --help")]
    [InlineData("run https://user:secret@host/?key=secret", "'***@host/?***' is not an option of run; see ingestion-worker run --help")]
    [InlineData("compare --jaeger-url ftp://host/?key=secret", "--jaeger-url: 'ftp://host/?***' is not an absolute http or https URL, such as http://localhost:16686; see ingestion-worker compare --help")]
    [InlineData("--ids 1 --ids 2", "Option '--ids' expects a single argument but 2 were provided; see ingestion-worker run --help")]
    [InlineData("--fail-above -1", "--fail-above: '-1' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above 1.5", "--fail-above: '1.5' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above 101%", "--fail-above: '101%' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above %", "--fail-above: '%' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above 1%%", "--fail-above: '1%%' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above 1e2", "--fail-above: '1e2' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--fail-above many", "--fail-above: 'many' is not a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%; see ingestion-worker run --help")]
    [InlineData("--Ingestion:ChannelCapacity", "--Ingestion:ChannelCapacity has no value; see ingestion-worker run --help")]
    [InlineData("--Ingestion:ChannelCapacity --ids 1", "--Ingestion:ChannelCapacity has no value; see ingestion-worker run --help")]
    [InlineData("status --limit 0", "--limit: '0' is not a whole number from 1 to 1000; see ingestion-worker status --help")]
    [InlineData("status --run last", "--run: 'last' is not the ID of a run; ingestion-worker status lists them; see ingestion-worker status --help")]
    [InlineData("redrive --run 7", "--run: '7' is not the ID of a run; ingestion-worker status lists them; see ingestion-worker redrive --help")]
    [InlineData("redrive --reason \t", "--reason: the text is empty; see ingestion-worker redrive --help")]
    [InlineData("redrive --ids 5-1", "--ids: '5-1' at position 1 is a range that ends before it starts, did you mean 1-5?; allowed are IDs from 1 to 9223372036854775807 and ranges of them, separated by commas: 1-10,42,100-200; see ingestion-worker redrive --help")]
    [InlineData("redrive --since soon", "--since: 'soon' is not a time; write it as 2026-11-23, 2026-11-23T14:20:00Z, or as how long ago: 24h, 1h30m; see ingestion-worker redrive --help")]
    [InlineData("redrive --since soon --until later", "--since: 'soon' is not a time; write it as 2026-11-23, 2026-11-23T14:20:00Z, or as how long ago: 24h, 1h30m; see ingestion-worker redrive --help")]
    [InlineData("redrive --rate fast", "--rate: 'fast' is not a number; see ingestion-worker redrive --help")]
    [InlineData("preview --ids 5-1", "--ids: '5-1' at position 1 is a range that ends before it starts, did you mean 1-5?; allowed are IDs from 1 to 9223372036854775807 and ranges of them, separated by commas: 1-10,42,100-200; see ingestion-worker preview --help")]
    [InlineData("preview 7", "'7' is not an option of preview; see ingestion-worker preview --help")]
    [InlineData("redrive --source Catalog", "'--source' is not an option of redrive; see ingestion-worker redrive --help")]
    [InlineData("--summary /no/such/folder/file.json", "--summary: the folder of '/no/such/folder/file.json' does not exist; see ingestion-worker run --help")]
    [InlineData("compare --strategies Sequental", "--strategies: 'Sequental' is not a strategy; did you mean Sequential?; see ingestion-worker compare --help")]
    [InlineData("compare --repeat 0", "--repeat: '0' is not a whole number from 1 to 100; see ingestion-worker compare --help")]
    [InlineData("compare --jaeger-url localhost:16686", "--jaeger-url: 'localhost:16686' is not an absolute http or https URL, such as http://localhost:16686; see ingestion-worker compare --help")]
    [InlineData("compare --report /no/such/folder/report.html", "--report: the folder of '/no/such/folder/report.html' does not exist; see ingestion-worker compare --help")]
    [InlineData("compare --json /", "--json: '/' is a folder, not a file; see ingestion-worker compare --help")]
    [InlineData("compare --summary x", "'--summary' is not an option of compare; see ingestion-worker compare --help")]
    [InlineData("--summary /", "--summary: '/' is a folder, not a file; see ingestion-worker run --help")]
    [InlineData("--report /no/such/folder/run.html", "--report: the folder of '/no/such/folder/run.html' does not exist; see ingestion-worker run --help")]
    [InlineData("redrive --chrome-trace /", "--chrome-trace: '/' is a folder, not a file; see ingestion-worker redrive --help")]
    public async Task A_bad_command_line_is_one_line_and_exit_code_64(string line, string message)
    {
        using StringWriter errors = new();

        Assert.Equal(64, await CommandLine.RunAsync(Split(line), errors));
        Assert.Equal($"ingestion-worker: {message}{Environment.NewLine}", errors.ToString());
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
