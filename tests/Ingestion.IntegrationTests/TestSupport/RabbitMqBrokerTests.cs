using System.Diagnostics;
using TestSupport.RabbitMq;

namespace Ingestion.IntegrationTests.TestSupport;

/// <summary>The broker of the tests starts, survives what tests do to it, and leaves nothing behind.</summary>
public sealed class RabbitMqBrokerTests
{
    [Fact]
    public async Task What_was_confirmed_survives_a_kill_and_a_restart_on_the_same_port()
    {
        await using var broker = new RabbitMqBroker();
        await broker.InitializeAsync();
        Assert.SkipWhen(broker.Missing is not null, broker.Missing ?? "");
        BrokerClient client = new(broker.Uri);
        await client.DeclareAsync("test", new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" });
        await client.PublishAsync("test", "1");

        await broker.KillAsync();
        await broker.StartAsync();
        Assert.Single(await client.TakeAllAsync("test"));
        await client.PublishAsync("test", "2");
        await broker.StopAsync();
        await broker.StartAsync();
        Assert.Single(await client.TakeAllAsync("test"));
        int port = broker.Port;
        await broker.DisposeAsync();

        Assert.DoesNotContain(Process.GetProcessesByName("beam.smp"), process => File.ReadAllText($"/proc/{process.Id}/cmdline").Contains($"ingestion-{port}@", StringComparison.Ordinal));
    }
}
