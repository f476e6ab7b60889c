using System.Text.RegularExpressions;
using TestSupport.Otlp;
using TestSupport.Processes;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>A queue or a broker that is not as configured is one line that says what to do; and how a queue is filled.</summary>
[Collection(QueueBroker.Name)]
public sealed class QueueProblemTests(PostgresServer postgres, QueueBroker broker)
{
    private const int Unavailable = 69;
    private const int BadConfiguration = 78;

    [Theory]
    [InlineData("run --source RabbitMq")]
    [InlineData("enqueue --ids 1-5")]
    public async Task A_queue_that_does_not_come_is_named_with_what_declares_it(string command)
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);

        ProcessResult result = await stage.RunAsync($"{command} --RabbitMq:StartupTimeout=00:00:03");

        AssertOneLine(result, Unavailable, stage.Queue, "--declare");
        Assert.Single(result.StandardError.Split('\n'), line => line.Contains("cannot be used right now", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Validate_looks_at_the_queue_and_declares_nothing()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);

        ProcessResult missing = await stage.RunAsync("validate --Ingestion:Source=RabbitMq");
        ProcessResult declaring = await stage.RunAsync("validate --Ingestion:Source=RabbitMq --RabbitMq:Declare=true");
        ProcessResult stillMissing = await stage.RunAsync("validate --Ingestion:Source=RabbitMq");
        await stage.EnqueueAsync("--ids 1-3");
        ProcessResult there = await stage.RunAsync("validate --Ingestion:Source=RabbitMq");
        ProcessResult other = await stage.RunAsync("validate --Ingestion:Source=RabbitMq --RabbitMq:DeliveryLimit=7");
        ProcessResult away = await stage.RunAsync("validate --Ingestion:Source=RabbitMq", ("ConnectionStrings__RabbitMq", "amqp://user:topsecret@127.0.0.1:1"));

        Assert.Equal((Unavailable, 0, Unavailable, 0, BadConfiguration, Unavailable), (missing.ExitCode, declaring.ExitCode, stillMissing.ExitCode, there.ExitCode, other.ExitCode, away.ExitCode));
        Assert.Contains("declare it with ingestion-worker enqueue --declare", missing.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("the start declares it", declaring.StandardOutput, StringComparison.Ordinal);
        Assert.Contains($"{stage.Queue} is there, and is what RabbitMq asks for", there.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("not what RabbitMq:Queue and RabbitMq:DeliveryLimit ask for", other.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("topsecret", away.StandardOutput + away.StandardError, StringComparison.Ordinal);
        Assert.Equal(3, (await stage.Broker.TakeAllAsync(stage.Queue)).Count);
    }

    [Fact]
    public async Task A_queue_that_is_not_there_yet_is_waited_for_and_readiness_says_so()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{SharedQueueTests.FreePort()}") };
        await using WorkerProcess worker = stage.Work("", ("Health__Port", $"{client.BaseAddress.Port}"));
        string told = await worker.WaitForOutputAsync(line => line.Contains("cannot be used right now", StringComparison.Ordinal), QueueStage.Patience);
        using (HttpResponseMessage ready = await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), TestContext.Current.CancellationToken))
            Assert.StartsWith("source: ", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

        Guid job = await stage.EnqueueAsync("--ids 1-20");

        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 20);
        Assert.Contains("declare it with ingestion-worker enqueue --declare or run --declare", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_does_not_come_is_not_available()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);

        foreach (string command in new[] { "run --source RabbitMq", "enqueue --ids 1" })
        {
            ProcessResult result = await stage.RunAsync($"{command} --RabbitMq:StartupTimeout=00:00:00", ("ConnectionStrings__RabbitMq", "amqp://user:topsecret@127.0.0.1:1,localhost:2"));
            AssertOneLine(result, Unavailable, "hosts 127.0.0.1:1 and localhost:2", "no usable answer", "start the broker");
        }
    }

    [Fact]
    public async Task Wrong_credentials_are_named_without_the_password()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        string uri = broker.Uri.Replace("guest:guest", "guest:topsecret", StringComparison.Ordinal);

        AssertOneLine(await stage.RunAsync("run --source RabbitMq", ("ConnectionStrings__RabbitMq", uri)), "user guest", "correct user and password");
    }

    [Theory]
    [InlineData("run --source RabbitMq", null, "ConnectionStrings:RabbitMq is missing")]
    [InlineData("enqueue --ids 1", "Host=broker;Password=topsecret", "is not the address of a broker")]
    [InlineData("enqueue --ids 1 --RabbitMq:Queue=amq.mine", "amqp://127.0.0.1", "RabbitMq:Queue is 'amq.mine'")]
    [InlineData("enqueue --ids 1", "amqp://user:topsecret@127.0.0.1/?auth_mechanism=topsecret", "its parameter auth_mechanism is not understood")]
    public async Task A_bad_setting_is_named(string arguments, string? uri, string expected)
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);

        AssertOneLine(await stage.RunAsync(arguments, ("ConnectionStrings__RabbitMq", uri)), expected);
    }

    [Fact]
    public async Task A_queue_of_another_kind_is_named_and_left_as_it_is()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.Broker.DeclareAsync(stage.Queue);
        await stage.Broker.PublishAsync(stage.Queue, "1");

        AssertOneLine(await stage.RunAsync("enqueue --ids 2 --declare"), stage.Queue, "is not what RabbitMq:Queue and RabbitMq:DeliveryLimit ask for");
        AssertOneLine(await stage.RunAsync("run --source RabbitMq"), stage.Queue, "is not what RabbitMq:Queue and RabbitMq:DeliveryLimit ask for");
        Assert.Single(await stage.Broker.TakeAllAsync(stage.Queue));
    }

    [Fact]
    public async Task Another_delivery_limit_than_the_queue_has_is_named()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1");

        AssertOneLine(await stage.RunAsync("run --source RabbitMq --RabbitMq:DeliveryLimit=5"), "x-delivery-limit", "RabbitMq:DeliveryLimit");
    }

    [Fact]
    public async Task A_queue_that_is_deleted_ends_the_worker_when_it_does_not_come_back()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await stage.EnqueueAsync("--ids 1-3");
        await using WorkerProcess worker = stage.Start("run --source RabbitMq --RabbitMq:StartupTimeout=00:00:02");
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 3);

        await stage.Broker.DeleteAsync(stage.Queue);
        await worker.WaitForOutputAsync(line => line.Contains("the queue is deleted", StringComparison.Ordinal), QueueStage.Patience);

        AssertOneLine(await worker.WaitForExitAsync(QueueStage.Patience), Unavailable, stage.Queue, "--declare");
    }

    [Fact]
    public async Task Publishing_goes_on_where_it_was_interrupted_and_items_link_to_the_span_that_sent_them()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        Guid job = await stage.EnqueueAsync("--ids 1-20 --ids-per-message 4");
        Assert.Equal(job, await stage.EnqueueAsync($"--ids 1-40 --job {job} --resume-after 20"));

        await using WorkerProcess worker = stage.Work();
        await QueueStage.AssertEndsAsync(worker);
        await stage.AssertDoneAsync(job, 40);
        IReadOnlyList<ReceivedSpan> published = stage.Stage.Collector.Spans.Named("publish " + stage.Queue);
        IReadOnlyList<ReceivedSpan> items = stage.Stage.Collector.Spans.Named("process character");
        Assert.Equal(2, published.Count);
        Assert.All(published, span => Assert.Equal((SpanKind.Producer, "rabbitmq", job.ToString()), (span.Kind, span.Text("messaging.system"), span.Text("ingestion.job.id"))));
        Assert.Equal(40, items.Count);
        Assert.All(items, item =>
        {
            ReceivedSpan sender = published[item.Number("ingestion.item.id") <= 20 ? 0 : 1];
            Assert.Contains(item.Links, link => link.TraceId == sender.TraceId && link.SpanId == sender.SpanId);
            Assert.NotEqual(sender.TraceId, item.TraceId);
        });
    }

    [Fact]
    public async Task Publishing_that_is_stopped_prints_the_command_that_goes_on()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        await using WorkerProcess publisher = stage.Start($"enqueue --declare --ids 1-50000000 --RabbitMq:DeliveryLimit=7 --ConnectionStrings:RabbitMq={broker.Uri}");
        while (await stage.Broker.CountAsync(stage.Queue) is null or 0)
            Assert.False(publisher.HasExited);

        publisher.Send(Signal.Interrupt);
        ProcessResult result = await publisher.WaitForExitAsync(QueueStage.Patience);

        Assert.True(result.ExitCode == 3, result.StandardError);
        Match told = Regex.Match(result.StandardError, "continue with, and ConnectionStrings:RabbitMq as before: ingestion-worker (?<arguments>.*)", RegexOptions.NonBacktracking);
        Assert.True(told.Success, result.StandardError);
        Assert.Matches($"^enqueue --ids 1-50000000 --ids-per-message 1 --job [0-9a-f-]{{36}} --resume-after [0-9]+ --RabbitMq:Queue={stage.Queue} --RabbitMq:DeliveryLimit=7 --declare$", told.Groups["arguments"].Value);
        Assert.DoesNotContain("guest:guest", result.StandardError, StringComparison.Ordinal);

        uint before = (await stage.Broker.CountAsync(stage.Queue))!.Value;
        await using WorkerProcess rest = stage.Start(told.Groups["arguments"].Value, ("RabbitMq__Queue", null));
        while (await stage.Broker.CountAsync(stage.Queue) <= before)
            Assert.False(rest.HasExited);
        rest.Send(Signal.Interrupt);
        await QueueStage.AssertEndsAsync(rest, exitCode: 3);
        await stage.Broker.DeleteAsync(stage.Queue);
    }

    private static void AssertOneLine(ProcessResult result, params string[] expected) => AssertOneLine(result, BadConfiguration, expected);

    private static void AssertOneLine(ProcessResult result, int exitCode, params string[] expected)
    {
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}: {result.StandardOutput}{result.StandardError}");
        string line = Assert.Single(
            result.StandardError.Split('\n', StringSplitOptions.RemoveEmptyEntries), text => text.StartsWith(exitCode == BadConfiguration ? "configuration error: " : "not available: ", StringComparison.Ordinal));
        Assert.All(expected, text => Assert.Contains(text, line, StringComparison.Ordinal));
        Assert.DoesNotContain("topsecret", result.StandardOutput + result.StandardError, StringComparison.Ordinal);
    }
}
