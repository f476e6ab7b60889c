using System.Diagnostics.Metrics;

namespace Ingestion.Telemetry;

/// <summary>The instruments. Durations are in seconds, as https://opentelemetry.io/docs/specs/semconv/general/metrics/ wants them.</summary>
internal sealed class IngestionMetrics
{
    private readonly Counter<long> _items;
    private readonly Histogram<double> _itemDuration;
    private readonly Histogram<double> _stageDuration;
    private readonly Histogram<long> _batchSize;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _retriesThrottled;
    private readonly Counter<long> _stalls;
    private Func<RunReading>? _run;
    private Func<TimeSpan>? _sinceLastRun;

    public IngestionMetrics(IMeterFactory meterFactory)
    {
        Meter meter = meterFactory.Create(IngestionActivity.SourceName);
        _items = meter.CreateCounter<long>("ingestion.items", "{item}", "Items that ended, by outcome");
        _itemDuration = meter.CreateHistogram<double>("ingestion.item.duration", "s", "One attempt at an item, from slot to slot");
        _stageDuration = meter.CreateHistogram<double>("ingestion.stage.duration", "s", "One stage of an attempt, by stage");
        _batchSize = meter.CreateHistogram<long>("ingestion.batch.size", "{item}", "Outcomes written in one transaction");
        _retries = meter.CreateCounter<long>("ingestion.retries", "{item}", "Attempts that failed and will be made again");
        _retriesThrottled = meter.CreateCounter<long>("ingestion.retries.throttled", "{item}", "Retries that were due and had to wait for the retry budget");
        _stalls = meter.CreateCounter<long>("ingestion.stalls", "{stall}", "Times that no item ended for too long without a known reason");
        meter.CreateObservableGauge("ingestion.in_flight", () => Observe(run => run.InFlight), "{item}", "Slots in use");
        meter.CreateObservableGauge("ingestion.in_flight.oldest.age", () => Observe(run => run.OldestInFlight), "s", "Time since the oldest attempt in flight began; 0 when none is");
        meter.CreateObservableGauge("ingestion.channel.depth", () => Observe(run => run.ChannelDepth), "{item}", "Items waiting in the channel");
        meter.CreateObservableGauge("ingestion.channel.capacity", () => Observe(run => run.ChannelCapacity), "{item}", "Bound of the channel");
        meter.CreateObservableGauge("ingestion.concurrency.limit", () => Observe(run => run.ConcurrencyLimit), "{item}", "Degree of parallelism in force; 0 = no cap");
        meter.CreateObservableGauge("ingestion.retries.waiting", () => Observe(run => run.RetriesWaiting), "{item}", "Items waiting for their next attempt");
        meter.CreateObservableGauge("ingestion.gate.closed.duration", () => Observe(run => run.GateClosedFor), "s", "How long the upstream gate has been closed; 0 while it is open");
        meter.CreateObservableGauge("ingestion.run.progress", () => Observe(_run?.Invoke().Progress), "1", "Share of the run that is done; only where it is known how much there is to do");
        meter.CreateObservableGauge("ingestion.run.repeat", () => Observe(run => run.Repeat), "s", "Pause between two runs; only where runs repeat");
        meter.CreateObservableGauge("ingestion.run.last_end.age", () => Observe(_sinceLastRun?.Invoke()), "s", "Time since a run ended; only after the first has");
    }

    /// <summary>
    /// Lets the gauges look at the run that is going on. Counters begin at 0, or a backend that compares one export with the one before would
    /// miss the first failure and the first stall.
    /// </summary>
    public void Observe(Func<RunReading> run, IEnumerable<string> outcomes)
    {
        _run = run;
        foreach (string outcome in outcomes)
            _items.Add(0, OutcomeTag(outcome));
        _retries.Add(0);
        _retriesThrottled.Add(0);
        _stalls.Add(0);
    }

    /// <summary>A run has ended, and this tells how long ago.</summary>
    public void RunEnded(Func<TimeSpan> age) => _sinceLastRun = age;

    public void ItemEnded(string outcome) => _items.Add(1, OutcomeTag(outcome));

    public void AttemptEnded(TimeSpan duration) => _itemDuration.Record(duration.TotalSeconds);

    public void StageEnded(string stage, TimeSpan duration) =>
        _stageDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    public void BatchCommitted(int size) => _batchSize.Record(size);

    public void Retried() => _retries.Add(1);

    public void Stalled() => _stalls.Add(1);

    public void RetryThrottled() => _retriesThrottled.Add(1);

    private static KeyValuePair<string, object?> OutcomeTag(string outcome) => new("outcome", outcome);

    private Measurement<int>[] Observe(Func<RunReading, int> read) => _run is { } run ? [new(read(run()))] : [];

    private Measurement<double>[] Observe(Func<RunReading, TimeSpan?> read) => Observe(_run is { } run ? read(run()) : null);

    private static Measurement<double>[] Observe(TimeSpan? duration) => Observe(duration?.TotalSeconds);

    private static Measurement<double>[] Observe(double? number) => number is { } known ? [new(known)] : [];
}
