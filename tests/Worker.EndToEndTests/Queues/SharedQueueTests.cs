using System.Net;
using System.Net.Sockets;
using RabbitMQ.Client;
using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>Any number of workers share a queue, and every ID ends in one outcome whatever happens to them or to the broker.</summary>
[Collection(QueueBroker.Name)]
public sealed class SharedQueueTests(PostgresServer postgres, QueueBroker broker)
{
    private static readonly SimulatorOptions Slow = new() { Characters = 10_000, Latency = TimeSpan.FromMilliseconds(20) };

    [Fact]
    public async Task Workers_share_a_queue_and_it_ends_empty()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, Slow);
        const string work = "run --source RabbitMq --declare --dop 4 --strategy";
        await using WorkerProcess first = stage.Start($"{work} Async"), second = stage.Start($"{work} ThreadPool"), third = stage.Start($"{work} EventLoop");
        WorkerProcess[] workers = [first, second, third];
        foreach (WorkerProcess worker in workers)
            await worker.WaitForOutputAsync(line => line.Contains("Taking messages from", StringComparison.Ordinal), QueueStage.Patience);
        Guid job = await stage.EnqueueAsync("--ids 1-600");

        while (await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes, pg_sleep(0.05)") < 600)
            Assert.All(workers, worker => Assert.False(worker.HasExited));
        foreach (WorkerProcess worker in workers)
        {
            worker.Send(Signal.Terminate);
            await QueueStage.AssertEndsAsync(worker, exitCode: 0);
        }

        await stage.AssertDoneAsync(job, 600);
        Assert.Equal("finished 600", await stage.Stage.QueryAsync<string>($"SELECT status || ' ' || ingested FROM ingestion.runs WHERE id = '{job}'"));
        Assert.Equal("3 600", await stage.Stage.QueryAsync<string>($"SELECT count(*) || ' ' || sum(ingested) FROM ingestion.runs WHERE source = 'rabbitmq:{stage.Queue}' AND ingested > 0"));
        Assert.Equal(600, stage.Stage.Upstream.Statistics.TotalRequests);
        ProcessResult status = await stage.RunAsync($"status --run {job}");
        Assert.Contains("600", status.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_of_a_few_messages_ends_with_the_last_of_them_while_the_worker_is_idle()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1-5");
        await using WorkerProcess worker = stage.Start("run --source RabbitMq");

        await stage.Stage.Collector.WaitUntilAsync(collector => collector.Spans.Named("ingest Async").Count == 1).WaitAsync(QueueStage.Patience);

        ReceivedSpan root = Assert.Single(stage.Stage.Collector.Spans.Named("ingest Async"));
        IReadOnlyList<ReceivedSpan> attempts = stage.Stage.Collector.Spans.Named("process character");
        Assert.Equal((5, attempts.Max(attempt => attempt.EndNanoseconds)), (attempts.Count, root.EndNanoseconds));
        Assert.False(worker.HasExited);
    }

    [Fact]
    public async Task What_a_killed_worker_had_is_done_by_another()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, Slow);
        Guid job = await stage.EnqueueAsync("--ids 1-300 --ids-per-message 7");
        await using WorkerProcess first = stage.Work("--dop 4");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 50);

        first.Send(Signal.Kill);
        await using WorkerProcess second = stage.Work("--dop 16");
        await QueueStage.AssertEndsAsync(second);
        await stage.AssertDoneAsync(job, 300);
    }

    [Fact]
    public async Task A_broker_that_crashes_is_waited_for_and_readiness_says_so()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, Slow);
        Guid job = await stage.EnqueueAsync("--ids 1-400");
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{FreePort()}") };
        await using WorkerProcess worker = stage.Work("--dop 4", ("Health__Port", $"{client.BaseAddress.Port}"));
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 50);

        await broker.KillAsync();
        await worker.WaitForOutputAsync(line => line.Contains("No more messages come from", StringComparison.Ordinal), QueueStage.Patience);
        await worker.WaitForOutputAsync(line => line.Contains("cannot be used right now", StringComparison.Ordinal), QueueStage.Patience);
        using (HttpResponseMessage ready = await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.StartsWith("source: ", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        await broker.StartAsync();
        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 400);
    }

    [Fact]
    public async Task Over_TLS_the_broker_has_to_be_vouched_for()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        (string, string?)[] trusting = [("ConnectionStrings__RabbitMq", broker.TlsUri), ("RabbitMq__CaCertificate", broker.AuthorityFile), ("RabbitMq__StopWhenIdle", "00:00:01")];

        ProcessResult published = await stage.RunAsync("enqueue --declare --ids 1-20", trusting);
        ProcessResult worked = await stage.RunAsync("run --source RabbitMq", trusting);
        ProcessResult refused = await stage.RunAsync("run --source RabbitMq", trusting[..1]);

        Assert.True(published.ExitCode == 0, published.StandardError);
        Assert.True(worked.ExitCode == 0, worked.StandardError);
        Assert.Equal(20, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
        Assert.Equal(78, refused.ExitCode);
        Assert.Contains("RabbitMq:CaCertificate", refused.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_gives_back_what_has_not_begun()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(300) });
        Guid job = await stage.EnqueueAsync("--ids 1-100");
        await using WorkerProcess first = stage.Start("run --source RabbitMq --dop 2 --RabbitMq:Prefetch=50");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 2);

        first.Send(Signal.Terminate);
        await QueueStage.AssertEndsAsync(first, exitCode: 0);
        long done = await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes");
        Assert.InRange(done, 2, 20);
        stage.Stage.Upstream.Options = new SimulatorOptions();
        await using WorkerProcess second = stage.Work();
        await QueueStage.AssertEndsAsync(second);
        await stage.AssertDoneAsync(job, 100);
        Assert.Equal(100, stage.Stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task Workers_that_come_and_go_leave_nothing_undone_and_do_nothing_twice()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, Slow);
        Guid job = await stage.EnqueueAsync("--ids 1-3000");
        await using WorkerProcess first = stage.Work("--dop 2");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 50);

        await using WorkerProcess second = stage.Work("--dop 2"), third = stage.Work("--dop 2"), fourth = stage.Work("--dop 2");
        WorkerProcess[] added = [second, third, fourth];
        foreach (WorkerProcess worker in added)
            await worker.WaitForOutputAsync(line => line.Contains("Taking messages from", StringComparison.Ordinal), QueueStage.Patience);
        long before = stage.Stage.Upstream.Statistics.TotalRequests;
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= before + 100);
        foreach (WorkerProcess worker in added)
        {
            worker.Send(Signal.Terminate);
            await QueueStage.AssertEndsAsync(worker, exitCode: 3);
        }

        Assert.InRange(await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"), 100, 2_900);
        stage.Stage.Upstream.Options = new SimulatorOptions { Characters = 10_000 };
        await QueueStage.AssertEndsAsync(first);
        await stage.AssertDoneAsync(job, 3000);
        Assert.Equal(3000, stage.Stage.Upstream.Statistics.TotalRequests);
    }

    [Fact]
    public async Task A_broker_that_is_away_at_the_start_is_waited_for()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        Guid job = await stage.EnqueueAsync("--ids 1-20");
        await broker.KillAsync();
        await using WorkerProcess worker = stage.Work("--RabbitMq:StartupTimeout=00:02:00");
        await worker.WaitForOutputAsync(line => line.Contains("cannot be used right now", StringComparison.Ordinal), QueueStage.Patience);

        await broker.StartAsync();
        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 20);
    }

    [Fact]
    public async Task What_cannot_be_understood_is_put_with_the_dead_and_blocks_nothing()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        Guid job = await stage.EnqueueAsync("--ids 1-5");
        foreach (string body in new[] { "seven", "", "{\"version\":9,\"ids\":\"1\"}", "0", "{\"version\":1,\"ids\":\"1\",\"job\":\"\\ud800\"}" })
            await stage.Broker.PublishAsync(stage.Queue, body);
        await stage.Broker.PublishAsync(stage.Queue, new byte[10_000_000]);
        await stage.Broker.PublishAsync(stage.Queue, "6,7");

        await using WorkerProcess worker = stage.Work();
        await QueueStage.AssertEndsAsync(worker);
        Assert.Equal(7, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters"));
        IReadOnlyList<BasicGetResult> dead = await stage.Broker.TakeAllAsync(stage.DeadQueue);
        Assert.Equal(6, dead.Count);
        Assert.Single(dead, message => QueueStage.Header(message, "x-ingestion-reason").Contains("'seven' at position 1", StringComparison.Ordinal));
        BasicGetResult large = Assert.Single(dead, message => message.Body.Length > 1_000);
        Assert.Equal((131_072, "10000000"), (large.Body.Length, QueueStage.Header(large, "x-ingestion-original-bytes")));
        Assert.Single(dead, message => QueueStage.Header(message, "x-ingestion-reason") == "the job of the message is not a UUID");
        await stage.AssertDoneAsync(job, 5);
    }

    [Fact]
    public async Task A_failed_item_is_put_with_the_dead_and_can_be_queued_again()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Faults = FaultPlan.Parse("3:*400") });
        Guid job = await stage.EnqueueAsync("--ids 1-5 --ids-per-message 5");

        await using (WorkerProcess worker = stage.Work())
            Assert.Equal(2, (await worker.WaitForExitAsync(QueueStage.Patience)).ExitCode);
        BasicGetResult dead = Assert.Single(await stage.Broker.TakeAllAsync(stage.DeadQueue));
        Assert.Equal(("HTTP 400", "3"), (QueueStage.Header(dead, "x-ingestion-reason"), QueueStage.Header(dead, "x-ingestion-item-id")));
        stage.Stage.Upstream.Options = new SimulatorOptions();
        await stage.Broker.PublishAsync(stage.Queue, dead.Body.ToArray());
        await using (WorkerProcess worker = stage.Work())
            Assert.Equal(0, (await worker.WaitForExitAsync(QueueStage.Patience)).ExitCode);

        await stage.AssertDoneAsync(job, 5);
        Assert.Equal(5, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
    }

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
