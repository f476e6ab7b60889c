using Ingestion.Concurrency.Adaptive;
using Ingestion.Concurrency.Async;
using Ingestion.Concurrency.EventLoop;
using Ingestion.Concurrency.Pipeline;
using Ingestion.Concurrency.Sequential;
using Ingestion.Concurrency.ThreadPerItem;
using Ingestion.Concurrency.ThreadPool;

namespace Ingestion.Concurrency;

/// <summary>Every strategy there is. A new one is a separate folder and a line here.</summary>
internal static class StrategyCatalog
{
    public static IReadOnlyList<StrategyDescriptor> All { get; } =
    [
        SequentialStrategy.Descriptor,
        ThreadPerItemStrategy.Descriptor,
        ThreadPoolStrategy.Descriptor,
        EventLoopStrategy.Descriptor,
        AsyncStrategy.Descriptor,
        PipelineStrategy.Descriptor,
        AdaptiveStrategy.Descriptor,
    ];

    /// <summary>Finds a strategy by name, regardless of case; null if there is none.</summary>
    public static StrategyDescriptor? Find(string name) =>
        All.FirstOrDefault(strategy => string.Equals(strategy.Name, name, StringComparison.OrdinalIgnoreCase));
}
