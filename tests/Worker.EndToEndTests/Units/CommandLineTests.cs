using Worker.Commands;

namespace Worker.EndToEndTests.Units;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("", "run", "")]
    [InlineData("status", "status", "")]
    [InlineData("--ids 1-10", "run", "Ingestion:Ids=1-10")]
    [InlineData("run --ids=1-10 --strategy ThreadPool --dop 5 --delay 2s", "run", "Ingestion:DegreeOfParallelism=5,Ingestion:Delay=00:00:02,Ingestion:Ids=1-10,Ingestion:Strategy=ThreadPool")]
    [InlineData("--dop:5", "run", "Ingestion:DegreeOfParallelism=5")]
    [InlineData("--dop -1", "run", "Ingestion:DegreeOfParallelism=-1")]
    [InlineData("--repeat 1m30s", "run", "Ingestion:Repeat=00:01:30")]
    [InlineData("--source Catalog --upstream http://localhost:5000/api/", "run", "Ingestion:Source=Catalog,Upstream:BaseAddress=http://localhost:5000/api/")]
    [InlineData("--Ingestion:ChannelCapacity=64", "run", "Ingestion:ChannelCapacity=64")]
    [InlineData("--Ingestion:ChannelCapacity 64 --ids 7", "run", "Ingestion:ChannelCapacity=64,Ingestion:Ids=7")]
    [InlineData("--Logging:LogLevel:Default=Debug status", "status", "Logging:LogLevel:Default=Debug")]
    [InlineData("migrate --ConnectionStrings:Postgres Host=db;Password=a=b", "migrate", "ConnectionStrings:Postgres=Host=db;Password=a=b")]
    [InlineData("--ids 1 --Ingestion:Ids=2", "run", "Ingestion:Ids=1")]
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
    [InlineData("compare", "'compare' is not a command; see ingestion-worker --help")]
    [InlineData("--frob", "'--frob' is not an option of run; see ingestion-worker run --help")]
    [InlineData("migrate extra", "'extra' is not an option of migrate; see ingestion-worker migrate --help")]
    [InlineData("--dop x", "--dop: 'x' is not a whole number; see ingestion-worker run --help")]
    [InlineData("--delay 5", "--delay: '5' is not a duration; write it as 2s, 500ms, 1m30s or 00:00:02; see ingestion-worker run --help")]
    [InlineData("--ids", "Required argument missing for option: '--ids'; see ingestion-worker run --help")]
    [InlineData("--ids 1 --ids 2", "Option '--ids' expects a single argument but 2 were provided; see ingestion-worker run --help")]
    [InlineData("--Ingestion:ChannelCapacity", "--Ingestion:ChannelCapacity has no value; see ingestion-worker run --help")]
    [InlineData("--Ingestion:ChannelCapacity --ids 1", "--Ingestion:ChannelCapacity has no value; see ingestion-worker run --help")]
    [InlineData("status --limit 0", "--limit: '0' is not a whole number from 1 to 1000; see ingestion-worker status --help")]
    [InlineData("--summary /no/such/folder/file.json", "--summary: the folder of '/no/such/folder/file.json' does not exist; see ingestion-worker run --help")]
    [InlineData("--summary /", "--summary: '/' is a folder, not a file; see ingestion-worker run --help")]
    public async Task A_bad_command_line_is_one_line_and_exit_code_64(string line, string message)
    {
        using StringWriter errors = new();

        Assert.Equal(64, await CommandLine.RunAsync(Split(line), errors));
        Assert.Equal($"ingestion-worker: {message}{Environment.NewLine}", errors.ToString());
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
