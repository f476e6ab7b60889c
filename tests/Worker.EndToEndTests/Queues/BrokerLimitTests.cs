using System.Globalization;
using RabbitMQ.Client;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Queues;

/// <summary>A broker that is there, but does not do what it is asked for at once: it is short of memory, has too many connections, a queue that is full, or no patience.</summary>
[Collection(QueueBroker.Name)]
public sealed class BrokerLimitTests(PostgresServer postgres, QueueBroker broker)
{
    [Fact]
    public async Task A_broker_that_takes_no_messages_is_named_while_publishing_waits()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1");
        await broker.SetMemoryAlarmAsync(isOn: true);
        try
        {
            await using WorkerProcess given = stage.Start("enqueue --ids 2-30000");
            await using WorkerProcess stopped = stage.Start("enqueue --ids 2-30000");
            await given.WaitForOutputAsync(line => line.Contains("takes no messages for now", StringComparison.Ordinal), QueueStage.Patience);
            await stopped.WaitForOutputAsync(line => line.Contains("takes no messages for now", StringComparison.Ordinal), QueueStage.Patience);

            stopped.Send(Signal.Terminate);
            ProcessResult result = await stopped.WaitForExitAsync(TimeSpan.FromSeconds(20));
            Assert.True(result.ExitCode == 3, result.StandardError);
            Assert.Contains("--resume-after 0", result.StandardError, StringComparison.Ordinal);

            await broker.SetMemoryAlarmAsync(isOn: false);
            await QueueStage.AssertEndsAsync(given);
            Assert.Contains(given.StandardError, line => line.Contains("takes messages again", StringComparison.Ordinal));
        }
        finally
        {
            await broker.SetMemoryAlarmAsync(isOn: false);
            await stage.Broker.DeleteAsync(stage.Queue);
        }
    }

    [Fact]
    public async Task Acknowledgements_go_on_while_the_broker_takes_no_dead_letters()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("3:*400") });
        await stage.EnqueueAsync("--ids 1-200");
        await broker.SetMemoryAlarmAsync(isOn: true);
        try
        {
            await using WorkerProcess worker = stage.Start("run --source RabbitMq --dop 1");
            await worker.WaitForOutputAsync(line => line.Contains("takes no messages for now", StringComparison.Ordinal), QueueStage.Patience);
            while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes, pg_sleep(0.05)") < 200)
                Assert.False(worker.HasExited);

            worker.Send(Signal.Terminate);
            await worker.WaitForExitAsync(TimeSpan.FromSeconds(25));
            await stage.Broker.WaitForCountAsync(stage.Queue, 1, QueueStage.Patience);
        }
        finally
        {
            await broker.SetMemoryAlarmAsync(isOn: false);
        }

        await using WorkerProcess second = stage.Work();
        await QueueStage.AssertEndsAsync(second, exitCode: 2);
        Assert.Equal(201, stage.Stage.Upstream.Statistics.TotalRequests);
        // The broker may still read what the first worker had sent.
        IReadOnlyList<BasicGetResult> dead = await stage.Broker.TakeAllAsync(stage.DeadQueue);
        Assert.InRange(dead.Count, 1, 2);
        Assert.All(dead, message => Assert.Equal(("HTTP 400", "3"), (QueueStage.Header(message, "x-ingestion-reason"), QueueStage.Header(message, "x-ingestion-item-id"))));
    }

    [Fact]
    public async Task A_queue_of_the_dead_that_is_full_is_tried_again_and_stops_nothing_else()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("1-8:*400") });
        Guid job = await stage.EnqueueAsync("--ids 1-100");
        await stage.Broker.PublishAsync(stage.Queue, "unreadable");
        await stage.Broker.PublishAsync(stage.Queue, $$"""{"version":1,"job":"{{job}}","ids":"101-120"}""");
        await stage.Broker.PublishAsync(stage.DeadQueue, "an old one");
        await broker.ControlAsync("set_policy", "full", $"^{stage.DeadQueue}$", """{"max-length":1,"overflow":"reject-publish"}""", "--apply-to", "queues");

        await using WorkerProcess worker = stage.Work("--dop 2 --RabbitMq:Prefetch=20");
        await worker.WaitForOutputAsync(line => line.Contains("Nothing can be published right now: the queue refuses messages", StringComparison.Ordinal), QueueStage.Patience);
        while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes, pg_sleep(0.05)") < 120)
            Assert.False(worker.HasExited);

        await stage.Broker.TakeAsync(stage.DeadQueue, 10, QueueStage.Patience);

        await QueueStage.AssertEndsAsync(worker, exitCode: 2);
        await broker.ControlAsync("clear_policy", "full");
        await stage.AssertDoneAsync(job, 120);
        Assert.Equal(120, stage.Stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_queue_that_is_full_is_tried_again_by_who_fills_it()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1");
        await broker.ControlAsync("set_policy", "full", $"^{stage.Queue}$", """{"max-length":100}""", "--apply-to", "queues");
        await using WorkerProcess publisher = stage.Start("enqueue --ids 2-20000");
        await publisher.WaitForOutputAsync(line => line.Contains("the queue refuses messages", StringComparison.Ordinal), QueueStage.Patience);

        await broker.ControlAsync("clear_policy", "full");

        await QueueStage.AssertEndsAsync(publisher);
        await stage.Broker.DeleteAsync(stage.Queue);
        Assert.InRange(publisher.StandardError.Count(line => line.Contains("was interrupted", StringComparison.Ordinal)), 1, 20);
    }

    [Fact]
    public async Task A_limit_of_connections_is_waited_for()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        Guid job = await stage.EnqueueAsync("--ids 1-20");
        await broker.ControlAsync("set_vhost_limits", "-p", "/", """{"max-connections":0}""");
        try
        {
            await using WorkerProcess worker = stage.Work("--RabbitMq:StartupTimeout=00:01:00"), publisher = stage.Start("enqueue --ids 21");
            foreach (WorkerProcess process in new[] { worker, publisher })
                await process.WaitForOutputAsync(line => line.Contains("connection limit (0) is reached", StringComparison.Ordinal), QueueStage.Patience);
            await broker.ControlAsync("set_vhost_limits", "-p", "/", """{"max-connections":-1}""");

            await QueueStage.AssertEndsAsync(publisher);
            await QueueStage.AssertEndsAsync(worker);
            // The worker may have found nothing to do, and ended, before the publisher was let in.
            await using WorkerProcess last = stage.Work();
            await QueueStage.AssertEndsAsync(last);
            await stage.AssertDoneAsync(job, 20);
        }
        finally
        {
            await broker.ControlAsync("set_vhost_limits", "-p", "/", """{"max-connections":-1}""");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("--RabbitMq:ReturnAfter=00:00:01")]
    public async Task A_message_that_takes_longer_than_the_broker_waits_ends_well(string arguments)
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(100) });
        await broker.SetConsumerTimeoutAsync(TimeSpan.FromSeconds(3));
        try
        {
            Guid job = await stage.EnqueueAsync("--ids 1-240 --ids-per-message 80 --RabbitMq:DeliveryLimit=2");
            await using WorkerProcess worker = stage.Work($"--dop 2 --RabbitMq:DeliveryLimit=2 {arguments}");
            await QueueStage.AssertEndsAsync(worker);

            await stage.AssertDoneAsync(job, 240);
            Assert.Equal(arguments.Length == 0, worker.StandardError.Any(line => line.Contains("The broker took all messages back because one was not settled within 00:00:03", StringComparison.Ordinal)));
            Assert.InRange(stage.Stage.Upstream.Statistics.TotalRequests, 240, 400);
        }
        finally
        {
            await broker.SetConsumerTimeoutAsync(TimeSpan.FromMinutes(30));
        }
    }

    [Fact]
    public async Task Messages_with_many_IDs_are_not_hoarded()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(200) });
        Guid job = await stage.EnqueueAsync("--ids 1-600 --ids-per-message 60");
        await using WorkerProcess worker = stage.Work("--dop 2");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 5);

        Assert.InRange((await stage.Broker.CountAsync(stage.Queue))!.Value, 7u, 9u);
        stage.Stage.Upstream.Options = new SimulatorOptions();
        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 600);
        Assert.Equal(600, stage.Stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_message_without_a_job_that_is_sent_twice_has_an_outcome_each_time()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await using WorkerProcess worker = stage.Start("run --source RabbitMq --declare");
        await worker.WaitForOutputAsync(line => line.Contains("Taking messages from", StringComparison.Ordinal), QueueStage.Patience);
        await stage.Broker.PublishAsync(stage.Queue, "7");
        while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'") == 0)
            Assert.False(worker.HasExited);

        stage.Stage.Upstream.Options = new SimulatorOptions { Faults = FaultPlan.Parse("7:*400") };
        await stage.Broker.PublishAsync(stage.Queue, "7");
        await stage.Broker.WaitForCountAsync(stage.DeadQueue, 1, QueueStage.Patience);

        Assert.Equal("Failed", await stage.Stage.QueryAsync<string>("SELECT outcome FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task One_of_several_hosts_is_enough()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        (string, string?) address = ("ConnectionStrings__RabbitMq", string.Create(CultureInfo.InvariantCulture, $"amqp://guest:guest@127.0.0.1:1,127.0.0.1:{broker.Port}/%2F?heartbeat=30&connection_timeout=5000"));

        ProcessResult published = await stage.RunAsync("enqueue --declare --ids 1-20", address);
        ProcessResult worked = await stage.RunAsync("run --source RabbitMq --RabbitMq:StopWhenIdle=00:00:01", address);

        Assert.True(published.ExitCode == 0, published.StandardError);
        Assert.True(worked.ExitCode == 0, worked.StandardError);
        Assert.Equal(20, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
    }

    [Fact]
    public async Task Dead_letters_that_lead_nowhere_end_the_worker()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("3:*400"), Latency = TimeSpan.FromMilliseconds(200) });
        await stage.EnqueueAsync("--ids 1-10");
        await using WorkerProcess worker = stage.Start("run --source RabbitMq --dop 1");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 1);
        await stage.Broker.DeleteAsync(stage.DeadQueue);

        ProcessResult result = await worker.WaitForExitAsync(QueueStage.Patience);
        Assert.True(result.ExitCode == 78, result.StandardError);
        Assert.Contains("leads to no queue", result.StandardError, StringComparison.Ordinal);
    }
}
