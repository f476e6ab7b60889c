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
    /// <param name="busy">Slots in use all the time, the others being idle because nothing came; null: there was work for all of them.</param>
    public static RunMeasurements Run(
        string strategy = "Async", int degree = 16, int? slots = null, long items = 3_200, double seconds = 10, double cpu = 1,
        double gate = 0, double fetch = 0, double delay = 0, double transform = 0, double persist = 0, int? busy = null)
    {
        return new RunMeasurements
        {
            Strategy = StrategyCatalog.Find(strategy)!,
            Degree = degree,
            Slots = slots ?? degree,
            Use = SlotUse.Of(
                [new RunSample(TimeSpan.Zero, busy ?? slots ?? degree, busy is null ? 1 : 0, 0, degree, Supply.Feeding, 100)], TimeSpan.FromSeconds(seconds), slots ?? degree),
            IsComplete = true,
            Items = items,
            Requests = items,
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
