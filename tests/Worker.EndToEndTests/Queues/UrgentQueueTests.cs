using System.Text.Json;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>What is queued as urgent goes ahead of what waits, at the broker and in the worker, and the rest goes on.</summary>
[Collection(QueueBroker.Name)]
public sealed class UrgentQueueTests(PostgresServer postgres, QueueBroker broker)
{
    private const int Unavailable = 69;

    [Theory]
    [MemberData(nameof(RunTests.Strategies), MemberType = typeof(RunTests))]
    public async Task An_urgent_message_overtakes_thousands(string strategy)
    {
        const int urgent = 9_001;
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Characters = 10_000, Latency = TimeSpan.FromMilliseconds(10) });
        await stage.EnqueueAsync("--ids 1-6000 --ids-per-message 10");
        await stage.EnqueueAsync("--ids 1 --urgent");
        await using WorkerProcess worker = stage.Start($"run --source RabbitMq --strategy {strategy} --dop 4 --RabbitMq:Prefetch=1000");
        await worker.WaitForOutputAsync(line => line.Contains($"Taking messages from {UrgentOf(stage)}", StringComparison.Ordinal), QueueStage.Patience);
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 50);

        long before = stage.Stage.Upstream.Statistics.TotalRequests;
        await stage.Broker.PublishAsync(UrgentOf(stage), $"{urgent}");
        long after = 0;
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.Requests(urgent) > 0 && (after = statistics.TotalRequests) > 0);

        // To publish takes the time of some requests too.
        Assert.InRange(after, before, before + 400);
        worker.Send(Signal.Terminate);
        await QueueStage.AssertEndsAsync(worker);
        Assert.Contains(stage.Stage.Collector.Spans.Named("process character"), span => span.Number("ingestion.item.id") == urgent && span.Attributes.ContainsKey("ingestion.urgent"));
        Assert.DoesNotContain(stage.Stage.Collector.Spans.Named("process character"), span => span.Number("ingestion.item.id") is > 1 and < urgent && span.Attributes.ContainsKey("ingestion.urgent"));
        await stage.Broker.DeleteAsync(stage.Queue);
    }

    [Fact]
    public async Task The_rest_goes_on_at_a_fifth_of_the_speed_however_much_is_urgent()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Characters = 2_000, Latency = TimeSpan.FromMilliseconds(5) });
        Guid job = await stage.EnqueueAsync("--ids 1-400");
        Guid urgent = await stage.EnqueueAsync("--ids 1001-1400 --urgent");

        await using WorkerProcess worker = stage.Work("--strategy Sequential --RabbitMq:Prefetch=300");
        await QueueStage.AssertEndsAsync(worker);

        await stage.AssertDoneAsync(job, 400);
        Assert.Empty(await stage.Broker.TakeAllAsync(UrgentOf(stage)));
        Assert.Equal("finished 400", await stage.Stage.QueryAsync<string>($"SELECT status || ' ' || ingested FROM ingestion.runs WHERE id = '{urgent}'"));
        // From the time when both queues are read.
        Assert.InRange(await stage.Stage.QueryAsync<long>(
            "SELECT count(*) FILTER (WHERE item_id < 1001) FROM (SELECT item_id FROM ingestion.outcomes WHERE finished_at >= (SELECT min(finished_at) FROM ingestion.outcomes WHERE item_id > 1000) ORDER BY finished_at LIMIT 200) AS early"), 35, 60);
    }

    [Fact]
    public async Task An_older_queue_alone_is_enough_and_the_urgent_one_is_read_when_it_is_there()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Characters = 2_000 });
        Guid job = await stage.EnqueueAsync("--ids 1-20");
        ProcessResult missing = await stage.RunAsync("enqueue --ids 1001 --urgent --RabbitMq:StartupTimeout=00:00:00");
        ProcessResult validated = await stage.RunAsync("validate --Ingestion:Source=RabbitMq");
        Assert.Equal((Unavailable, 0), (missing.ExitCode, validated.ExitCode));
        Assert.Contains("declare it with ingestion-worker enqueue --urgent --declare", missing.StandardError, StringComparison.Ordinal);
        Assert.Contains("nothing is urgent: ", validated.StandardOutput, StringComparison.Ordinal);

        await using WorkerProcess worker = stage.Start("run --source RabbitMq");
        await worker.WaitForOutputAsync(line => line.Contains($"No messages go ahead for now, as {UrgentOf(stage)} cannot be used", StringComparison.Ordinal), QueueStage.Patience);
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 20);
        await stage.EnqueueAsync("--ids 1001-1003 --urgent");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 23);

        worker.Send(Signal.Terminate);
        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 20);
        Assert.Contains($"{UrgentOf(stage)} too", (await stage.RunAsync("validate --Ingestion:Source=RabbitMq")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_who_may_not_read_the_urgent_queue_works_on_the_other()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1 --urgent");
        Guid job = await stage.EnqueueAsync("--ids 1-20");
        string user = stage.Queue;
        await broker.ControlAsync("add_user", user, "secret");
        await broker.ControlAsync("set_permissions", "-p", "/", user, "^$", ".*", $"^{stage.Queue}$");
        try
        {
            await using WorkerProcess worker = stage.Work("", ("ConnectionStrings__RabbitMq", broker.Uri.Replace("guest:guest", $"{user}:secret", StringComparison.Ordinal)));
            string told = await worker.WaitForOutputAsync(line => line.Contains("No messages go ahead for now", StringComparison.Ordinal), QueueStage.Patience);

            await QueueStage.AssertEndsAsync(worker);
            await stage.AssertDoneAsync(job, 20);
            Assert.Contains("give the user the permissions", told, StringComparison.Ordinal);
            Assert.Single(await stage.Broker.TakeAllAsync(UrgentOf(stage)));
        }
        finally
        {
            await broker.ControlAsync("delete_user", user);
        }
    }

    [Fact]
    public async Task An_urgent_message_of_a_worker_that_died_comes_again_and_what_fails_is_with_the_dead()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("2:*400;5:*hang") });
        Guid job = await stage.EnqueueAsync("--ids 1-5 --ids-per-message 5 --urgent");
        await using (WorkerProcess first = stage.Work("--dop 5"))
        {
            while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'item_outcomes'") == 0 || await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes, pg_sleep(0.02)") < 4)
                Assert.False(first.HasExited);
            first.Send(Signal.Kill);
            await first.WaitForExitAsync(QueueStage.Patience);
        }

        stage.Stage.Upstream.Options = new SimulatorOptions { Faults = FaultPlan.Parse("2:*400") };
        await using WorkerProcess second = stage.Work($"--summary {stage.Stage.SummaryFile} --report {stage.Stage.SummaryFile}.html");
        await QueueStage.AssertEndsAsync(second, exitCode: 2);

        JsonElement summary = stage.Stage.ReadSummary();
        Assert.Equal((1, 1), (summary.GetProperty("ingested").GetInt64(), summary.GetProperty("failed").GetInt64()));
        Assert.Empty(await stage.Broker.TakeAllAsync(UrgentOf(stage)));
        Assert.Equal(5, await stage.Stage.QueryAsync<long>($"SELECT count(*) FROM ingestion.outcomes WHERE run_id = '{job}'"));
        Assert.NotEmpty(await stage.Broker.TakeAllAsync(stage.DeadQueue));
        ProcessResult redriven = await stage.RunAsync("redrive --dry-run");
        Assert.Contains("400", redriven.StandardOutput, StringComparison.Ordinal);
    }

    private static string UrgentOf(QueueStage stage) => stage.Queue + ".urgent";
}
