using System.Text.Json;
using RabbitMQ.Client;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>A queue of a resource whose IDs are text.</summary>
[Collection(QueueBroker.Name)]
public sealed class TextKeyQueueTests(PostgresServer postgres, QueueBroker broker)
{
    private static readonly (string, string?) Token = ("Upstream__Headers__Authorization", "Bearer open-sesame");

    [Fact]
    public async Task Texts_are_sent_ingested_and_buried_by_their_ID()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        string parts = stage.Stage.WriteFile("parts.json", Stage.Parts);
        Guid job = await stage.EnqueueAsync($"--resource {parts} --ids-per-message 2 --id AX-0005/b --id AX-0007%d --id AX-0008?e --id AX-0005/b");
        await stage.Broker.PublishAsync(stage.Queue, "\"AX-0009+é\"");
        await stage.Broker.PublishAsync(stage.Queue, "[\"AX-0010/b\", \"AX-9999+é\"]");
        await stage.Broker.PublishAsync(stage.Queue, "1-3");

        await using WorkerProcess worker = stage.Work($"--resource {parts}", Token);
        await QueueStage.AssertEndsAsync(worker);

        Assert.Equal("AX-0005/b AX-0007%d AX-0008?e AX-0009+é AX-0010/b", await stage.Stage.QueryAsync<string>("SELECT string_agg(id, ' ' ORDER BY id) FROM parts.parts WHERE price > 0"));
        Assert.Equal(3, await stage.Stage.QueryAsync<long>($"SELECT count(*) FROM parts.outcomes WHERE run_id = '{job}'"));
        Assert.Equal("AX-9999+é", await stage.Stage.QueryAsync<string>("SELECT item_id FROM parts.outcomes WHERE outcome = 'NotFound'"));
        BasicGetResult dead = Assert.Single(await stage.Broker.TakeAllAsync(stage.DeadQueue));
        Assert.Equal("the message asks for the integer 1, but Resource:IdType is Text: send IDs as JSON strings", QueueStage.Header(dead, "x-ingestion-reason"));
        Assert.Empty(await stage.Broker.TakeAllAsync(stage.Queue));
    }

    [Fact]
    public async Task What_failed_is_a_message_that_can_be_moved_back()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        string parts = stage.Stage.WriteFile("parts.json", Stage.Parts);
        Guid job = await stage.EnqueueAsync($"--resource {parts} --ids-per-message 2 --id AX-0005/b --id AX-0009+é");
        (string, string?) wrong = ("Resource__Required__/colour", "string");

        await using WorkerProcess worker = stage.Work($"--resource {parts}", Token, wrong);
        await QueueStage.AssertEndsAsync(worker, exitCode: 2);
        IReadOnlyList<BasicGetResult> dead = await stage.Broker.TakeAllAsync(stage.DeadQueue);
        Assert.Equal(["AX-0005/b", "AX-0009+é"], dead.Select(message => QueueStage.Header(message, "x-ingestion-item-id")).Order(StringComparer.Ordinal));
        Assert.All(dead, message => Assert.Equal("'colour' is missing", QueueStage.Header(message, "x-ingestion-reason")));
        foreach (BasicGetResult message in dead)
            await stage.Broker.PublishAsync(stage.Queue, message.Body.ToArray());

        await using WorkerProcess again = stage.Work($"--resource {parts}", Token);
        await QueueStage.AssertEndsAsync(again);
        Assert.Equal("2 2", await stage.Stage.QueryAsync<string>($"SELECT concat_ws(' ', count(*), count(*) FILTER (WHERE outcome = 'Ingested')) FROM parts.outcomes WHERE run_id = '{job}'"));
    }

    [Fact]
    public async Task What_a_killed_worker_had_is_done_by_another()
    {
        const int ids = 300;
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20) });
        string parts = stage.Stage.WriteFile("parts.json", Stage.Parts);
        Guid job = await stage.EnqueueAsync($"--resource {parts} --id {KeyKind.Texts.Key(5)}");
        foreach (string[] keys in Enumerable.Range(1, ids).Where(number => number != 5).Select(KeyKind.Texts.Key).Chunk(7))
            await stage.Broker.PublishAsync(stage.Queue, JsonSerializer.Serialize(new { version = 2, job, ids = keys }));
        await using WorkerProcess first = stage.Work($"--resource {parts} --dop 4", Token);
        await stage.Stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 50);

        first.Send(Signal.Kill);
        await first.WaitForExitAsync(QueueStage.Patience);
        long stored = await stage.Stage.QueryAsync<long>("SELECT count(*) FROM parts.outcomes");
        await using WorkerProcess second = stage.Work($"--resource {parts} --dop 16", Token);
        await QueueStage.AssertEndsAsync(second);

        Assert.InRange(stored, 1, ids - 1);
        Assert.Equal($"{ids} {ids} {ids}", await stage.Stage.QueryAsync<string>(
            $"SELECT concat_ws(' ', count(*), count(DISTINCT item_id), count(*) FILTER (WHERE outcome = 'Ingested')) FROM parts.outcomes WHERE run_id = '{job}'"));
        Assert.Equal(ids, await stage.Stage.QueryAsync<long>("SELECT count(*) FROM parts.parts WHERE id = raw->>'sku'"));
        // A message that comes again makes no request for what is done of it.
        Assert.InRange(stage.Stage.Upstream.Statistics.TotalRequests, ids, ids + 4);
        Assert.Empty(await stage.Broker.TakeAllAsync(stage.Queue));
        Assert.Empty(await stage.Broker.TakeAllAsync(stage.DeadQueue));
    }

    [Fact]
    public async Task A_text_for_a_resource_of_integers_is_dead_and_the_others_are_done()
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        Guid job = await stage.EnqueueAsync("--ids 1-3 --id 5 --id 4");
        await stage.Broker.PublishAsync(stage.Queue, """{"version":2,"ids":["a"]}""");
        await stage.Broker.PublishAsync(stage.Queue, $$"""{"version":2,"job":"{{job}}","ids":[6, 7]}""");

        await using WorkerProcess worker = stage.Work();
        await QueueStage.AssertEndsAsync(worker);

        Assert.Equal("7 7", await stage.Stage.QueryAsync<string>($"SELECT concat_ws(' ', count(*), max(item_id)) FROM ingestion.outcomes WHERE run_id = '{job}'"));
        BasicGetResult dead = Assert.Single(await stage.Broker.TakeAllAsync(stage.DeadQueue));
        Assert.Equal("the message asks for the text 'a', but Resource:IdType is Integer", QueueStage.Header(dead, "x-ingestion-reason"));
    }
}
