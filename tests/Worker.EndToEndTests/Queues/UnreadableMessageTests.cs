using System.Runtime.InteropServices;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>What the client of RabbitMQ cannot read would end the connection, and with it count a return for every message that the worker has.</summary>
[Collection(QueueBroker.Name)]
public sealed class UnreadableMessageTests(PostgresServer postgres, QueueBroker broker)
{
    /// <summary>A decimal of AMQP may have up to 255 places, one of .NET 28.</summary>
    private static decimal ManyPlaces => MemoryMarshal.Read<decimal>(MemoryMarshal.AsBytes<uint>([200u << 16, 0, 1, 0]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_the_client_cannot_read_harms_no_other_and_its_headers_do_not_matter(bool overTls)
    {
        await using QueueStage stage = await QueueStage.SetAsync(postgres, broker);
        (string, string?)[] address = overTls ? [("ConnectionStrings__RabbitMq", broker.TlsUri), ("RabbitMq__CaCertificate", broker.AuthorityFile)] : [];
        const string limit = "--RabbitMq:DeliveryLimit=1";
        Guid job = await stage.EnqueueAsync($"--ids 1-60 {limit}");
        foreach (int id in (int[])[61, 62, 63])
            await stage.Broker.PublishAsync(stage.Queue, $$"""{"version":1,"job":"{{job}}","ids":"{{id}}"}""", new Dictionary<string, object?>(StringComparer.Ordinal) { ["price"] = ManyPlaces });
        await stage.Broker.PublishAsync(stage.Queue, new byte[70_000_000]);
        await stage.EnqueueAsync($"--ids 64-120 --job {job} {limit}");

        await using WorkerProcess worker = stage.Work($"--dop 4 {limit}", address);
        await QueueStage.AssertEndsAsync(worker);

        await stage.AssertDoneAsync(job, 120, dead: 1);
        Assert.Equal(120, stage.Stage.Upstream.Statistics.TotalRequests);
        Assert.DoesNotContain(worker.StandardError, line => line.Contains("No more messages come", StringComparison.Ordinal));
    }
}
