using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Queues;

/// <summary>A message that comes again costs a look into the database, and no request for what is done.</summary>
[Collection(QueueBroker.Name)]
public sealed class RedeliveryTests(PostgresServer postgres, QueueBroker broker)
{
    public static TheoryData<bool> Tags => [true, false];

    [Theory, MemberData(nameof(Tags))]
    public async Task What_a_killed_worker_had_stored_is_not_fetched_again(bool usesTags)
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("5:*hang") });
        Guid job = await stage.EnqueueAsync("--ids 1-5 --ids-per-message 5");
        (string, string?) tags = ("Upstream__ConditionalRequests", usesTags ? "true" : "false");
        await using WorkerProcess first = stage.Work("--dop 5", tags);
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests == 5);
        while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes, pg_sleep(0.02)") < 4)
            Assert.False(first.HasExited);

        first.Send(Signal.Kill);
        await first.WaitForExitAsync(QueueStage.Patience);
        stage.Stage.Upstream.Options = new SimulatorOptions();
        await using WorkerProcess second = stage.Work($"--summary {stage.Stage.SummaryFile}", tags);
        await QueueStage.AssertEndsAsync(second);

        Assert.Equal([1, 1, 1, 1, 2], RequestsOf(stage, 5));
        JsonElement summary = stage.Stage.ReadSummary();
        Assert.Equal((1, 1), (summary.GetProperty("requested").GetInt64(), summary.GetProperty("ingested").GetInt64()));
        await stage.AssertDoneAsync(job, 5);
    }

    [Fact]
    public async Task A_message_that_is_done_is_settled_without_a_request_and_only_its_failures_are_tried_again()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("3:*html") });
        Guid job = await stage.EnqueueAsync("--ids 1-5 --ids-per-message 5");
        byte[] message = Assert.Single(await stage.Broker.TakeAllAsync(stage.Queue)).Body.ToArray();
        await stage.Broker.PublishAsync(stage.Queue, message);
        await using (WorkerProcess worker = stage.Work())
            await QueueStage.AssertEndsAsync(worker, exitCode: 2);
        Assert.Single(await stage.Broker.TakeAllAsync(stage.DeadQueue));
        stage.Stage.Upstream.Options = new SimulatorOptions();

        foreach (int requestsOfFailed in (int[])[2, 2])
        {
            await stage.Broker.PublishAsync(stage.Queue, message);
            await stage.Broker.ReturnAsync(stage.Queue);
            await using WorkerProcess again = stage.Work();
            await QueueStage.AssertEndsAsync(again);

            Assert.Equal([1, 1, requestsOfFailed, 1, 1], RequestsOf(stage, 5));
            await stage.AssertDoneAsync(job, 5);
        }

        Assert.Equal(5, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
    }

    private static IEnumerable<int> RequestsOf(QueueStage stage, int last) => Enumerable.Range(1, last).Select(stage.Stage.Upstream.Statistics.Requests);
}
