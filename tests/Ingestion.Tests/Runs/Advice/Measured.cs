using Ingestion.Concurrency;
using Ingestion.Runs.Advice;
using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>Made-up measurements, on two cores.</summary>
internal static class Measured
{
    /// <param name="items">Items that ended.</param>
    /// <param name="seconds">How long that took.</param>
    /// <param name="cpu">CPU milliseconds of an item.</param>
    /// <param name="gate">Milliseconds of an item at the gate; the others likewise.</param>
    public static RunMeasurements Run(
        string strategy = "Async", int degree = 16, int? slots = null, long items = 3_200, double seconds = 10, double cpu = 1,
        double gate = 0, double fetch = 0, double delay = 0, double transform = 0, double persist = 0)
    {
        return new RunMeasurements
        {
            Strategy = StrategyCatalog.Find(strategy)!,
            Degree = degree,
            Slots = slots ?? degree,
            Items = items,
            Failed = 0,
            Retries = 0,
            Elapsed = TimeSpan.FromSeconds(seconds),
            Times = new StageTimes(Of(gate) * items, Of(fetch) * items, Of(delay) * items, Of(transform) * items, Of(persist) * items),
            CpuPerItem = Of(cpu),
            Cores = 2,
            RequestsPerSecond = null,
        };
    }

    private static TimeSpan Of(double milliseconds) => TimeSpan.FromMicroseconds(milliseconds * 1_000);
}
