using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>The strategies by trait, as theory data.</summary>
public static class Strategies
{
    private static readonly string[] BlockingNames = ["Sequential", "ThreadPerItem", "ThreadPool"];

    public static TheoryData<string> All => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    /// <summary>All of them, and one whose limit adapts because that is configured.</summary>
    public static TheoryData<string> Conforming => [.. StrategyCatalog.All.Select(strategy => strategy.Name), "Async auto"];

    public static TheoryData<string> Parallel => [.. StrategyCatalog.All.Where(strategy => strategy.FixedDegree is null).Select(strategy => strategy.Name)];

    public static TheoryData<string> Uncappable =>
        [.. StrategyCatalog.All.Where(strategy => strategy.FixedDegree is null && strategy.MinimumDegree == 0).Select(strategy => strategy.Name)];

    public static TheoryData<string> Blocking => [.. BlockingNames];

    public static TheoryData<string> NonBlocking => [.. StrategyCatalog.All.Select(strategy => strategy.Name).Except(BlockingNames, StringComparer.Ordinal)];
}
