using TestSupport.RabbitMq;

namespace Worker.EndToEndTests.Queues;

/// <summary>One private broker for all tests with queues, one test after the other: some of them kill it.</summary>
[CollectionDefinition(Name)]
public sealed class QueueBroker : RabbitMqBroker, IAsyncLifetime, ICollectionFixture<QueueBroker>
{
    public const string Name = "queues";
}
