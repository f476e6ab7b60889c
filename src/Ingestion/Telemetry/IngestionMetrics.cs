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
    private Func<int>? _inFlight;
    private Func<int>? _channelDepth;
    private Func<int>? _concurrencyLimit;

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
        meter.CreateObservableGauge("ingestion.in_flight", () => Observe(_inFlight), "{item}", "Slots in use");
        meter.CreateObservableGauge("ingestion.channel.depth", () => Observe(_channelDepth), "{item}", "Items waiting in the channel");
        meter.CreateObservableGauge("ingestion.concurrency.limit", () => Observe(_concurrencyLimit), "{item}", "Degree of parallelism in force; 0 = no cap");
    }

    /// <summary>Lets the gauges look at the run that is going on.</summary>
    public void Observe(Func<int> inFlight, Func<int> channelDepth, Func<int> concurrencyLimit)
    {
        _inFlight = inFlight;
        _channelDepth = channelDepth;
        _concurrencyLimit = concurrencyLimit;
    }

    public void ItemEnded(string outcome) => _items.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void AttemptEnded(TimeSpan duration) => _itemDuration.Record(duration.TotalSeconds);

    public void StageEnded(string stage, TimeSpan duration) =>
        _stageDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("stage", stage));

    public void BatchCommitted(int size) => _batchSize.Record(size);

    public void Retried() => _retries.Add(1);

    public void Stalled() => _stalls.Add(1);

    public void RetryThrottled() => _retriesThrottled.Add(1);

    private static Measurement<int>[] Observe(Func<int>? gauge) => gauge is null ? [] : [new Measurement<int>(gauge())];
}
