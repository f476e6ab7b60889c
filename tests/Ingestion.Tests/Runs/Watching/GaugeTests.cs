using System.Diagnostics.Metrics;
using Ingestion.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Ingestion.Tests.Runs.Watching;

/// <summary>What the gauges and counters show before a run, while it goes on and after it.</summary>
public sealed class GaugeTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _shown = new(StringComparer.Ordinal);
    private readonly IngestionMetrics _metrics;

    public GaugeTests()
    {
        IMeterFactory meters = _services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, meters))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => _shown[instrument.Name] = value);
        _listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => _shown[instrument.Name] = value);
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _shown[tags.Length == 0 ? instrument.Name : $"{instrument.Name} {tags[0].Value}"] = value);
        _listener.Start();
        _metrics = new IngestionMetrics(meters);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _services.Dispose();
    }

    [Fact]
    public void Before_a_run_there_is_nothing_to_show()
    {
        _listener.RecordObservableInstruments();

        Assert.Empty(_shown);
    }

    [Fact]
    public void A_run_shows_what_it_does_and_counters_begin_at_0()
    {
        _metrics.Observe(() => new RunReading(1, 2, 3, 4, 5, TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(7), 0.25, TimeSpan.FromSeconds(8)), ["Ingested", "Failed"]);
        _listener.RecordObservableInstruments();

        Assert.Equal(
            new Dictionary<string, double>
            {
                ["ingestion.in_flight"] = 1,
                ["ingestion.in_flight.oldest.age"] = 8,
                ["ingestion.run.progress"] = 0.25,
                ["ingestion.channel.depth"] = 2,
                ["ingestion.channel.capacity"] = 3,
                ["ingestion.retries.waiting"] = 4,
                ["ingestion.concurrency.limit"] = 5,
                ["ingestion.gate.closed.duration"] = 6,
                ["ingestion.run.repeat"] = 7,
                ["ingestion.items Ingested"] = 0,
                ["ingestion.items Failed"] = 0,
                ["ingestion.retries"] = 0,
                ["ingestion.retries.throttled"] = 0,
                ["ingestion.stalls"] = 0,
            },
            _shown);
    }

    [Fact]
    public void The_age_of_the_last_end_is_shown_from_the_first_end_on_and_no_pause_and_no_progress_where_there_is_none()
    {
        _metrics.Observe(() => new RunReading(0, 0, 1, 0, 1, TimeSpan.Zero, Repeat: null, Progress: null, TimeSpan.Zero), []);
        _listener.RecordObservableInstruments();
        Assert.DoesNotContain("ingestion.run.repeat", _shown.Keys);
        Assert.DoesNotContain("ingestion.run.progress", _shown.Keys);
        Assert.DoesNotContain("ingestion.run.last_end.age", _shown.Keys);

        _metrics.RunEnded(() => TimeSpan.FromMinutes(2));
        _listener.RecordObservableInstruments();
        Assert.Equal(120, _shown["ingestion.run.last_end.age"]);
    }
}
