using Ingestion.Concurrency.Pipeline;

namespace Ingestion.Concurrency.Adaptive;

/// <summary>The name for a <see cref="PipelineStrategy"/> whose limit of fetches in flight follows what the upstream can handle; what is configured is its ceiling.</summary>
internal static class AdaptiveStrategy
{
    public static StrategyDescriptor Descriptor { get; } = PipelineStrategy.Descriptor with { Name = "Adaptive", MinimumDegree = 0, IsAdaptive = true };
}
