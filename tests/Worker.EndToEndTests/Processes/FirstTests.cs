using System.Text.Json;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>Some IDs of a run go first, with <c>--first</c>.</summary>
public sealed class FirstTests(PostgresServer postgres)
{
    private const int BadConfiguration = 78;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly int[] First = [7, 390, 391, 392];

    [Theory]
    [InlineData("integers", "Sequential")]
    [InlineData("integers", "Pipeline")]
    [InlineData("texts", "Async")]
    public async Task What_is_first_goes_first_and_a_run_that_was_killed_does_the_rest_once(string keyKind, string strategy)
    {
        const int ids = 400;
        var keys = KeyKind.Of(keyKind);
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(10) });
        (string, string?)[] settings = [.. keys.Settings, ("Ingestion__First", keyKind == "texts" ? JsonSerializer.Serialize(First.Select(keys.Key)) : "390-392,7")];
        string arguments = $"{stage.ArgumentsFor(keys, $"1-{ids}")} --strategy {strategy} --dop 1";
        int[] askedFirst = [];
        // An ID is counted after its request.
        Task fifth = stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests == First.Length + 1 && (askedFirst = [.. statistics.Ids()]).Length > 0);
        await using (WorkerProcess worker = stage.Start($"run {arguments}", settings))
        {
            await fifth;
            await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 100);
            worker.Send(Signal.Kill);
            await worker.WaitForExitAsync(Patience);
        }

        JsonElement summary = await stage.IngestAsync(arguments, exitCode: 0, settings);

        Assert.Equal(First, askedFirst);
        Assert.Equal((ids, ids), (summary.GetProperty("requested").GetInt32(), summary.GetProperty("ingested").GetInt32()));
        Assert.Equal($"finished {ids}", await stage.QueryAsync<string>("SELECT string_agg(status || ' ' || ingested, ', ') FROM ingestion.runs"));
        Assert.Equal($"{ids} {ids}", await stage.QueryAsync<string>("SELECT concat_ws(' ', count(*), count(DISTINCT item_id)) FROM ingestion.outcomes"));
        Assert.All(First, id => Assert.Equal(1, stage.Upstream.Statistics.Requests(id)));
        // Pipeline gives its slot back before the commit.
        Assert.InRange(stage.Upstream.Statistics.TotalRequests, ids, ids + (strategy == "Pipeline" ? 100 : 1));
    }

    [Theory]
    [InlineData("--ids 1-10 --first 3,42", "Ingestion:First is '3,42', but 42 is not in Ingestion:Ids, which is '1-10'")]
    [InlineData("--ids-file {0} --first 3,42", "Ingestion:First has 42, which is not in file:keys.txt:")]
    [InlineData("--ids 1-10 --first 3-", "Ingestion:First is '3-', but '3-' at position 1 is a range without an end")]
    [InlineData("--source RabbitMq --first 3 --ConnectionStrings:RabbitMq=amqp://localhost", "enqueue --urgent")]
    public async Task What_cannot_be_first_is_named_before_anything_is_done(string arguments, string expected)
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        string file = stage.WriteFile("keys.txt", "1\n2\n3\n");

        ProcessResult result = await stage.RunAsync("run " + arguments.Replace("{0}", file, StringComparison.Ordinal));

        Assert.Equal(BadConfiguration, result.ExitCode);
        Assert.Contains(expected, result.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task An_ID_that_a_catalog_turned_out_not_to_have_is_named_at_the_end()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Characters = 30 });

        ProcessResult result = await stage.RunAsync("run --source Catalog --first 25,77");

        Assert.True(result.ExitCode == 0, result.StandardError);
        Assert.Contains("1 of the IDs in Ingestion:First did not come from catalog: 77", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        Assert.Equal("30 1", await stage.QueryAsync<string>("SELECT count(*) FILTER (WHERE outcome = 'Ingested') || ' ' || count(*) FILTER (WHERE outcome = 'NotFound') FROM ingestion.outcomes"));
    }
}
