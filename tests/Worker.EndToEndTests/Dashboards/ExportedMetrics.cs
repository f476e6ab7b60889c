using TestSupport.Otlp;
using TestSupport.Processes;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>Everything a real worker exports that repeats its runs, and has something to retry.</summary>
public sealed class ExportedMetrics(PostgresServer postgres) : IAsyncLifetime
{
    internal IReadOnlyList<ReceivedMetric> All { get; private set; } = [];

    internal IReadOnlyList<PrometheusSeries> Series { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Faults = UpstreamSimulator.Faults.FaultPlan.Parse("3:500") });
        await using WorkerProcess worker = stage.Start(
            "--ids 1-200 --dop 4 --delay 1ms", ("Ingestion__Repeat", "00:00:01"), ("OTEL_METRIC_EXPORT_INTERVAL", "500"));

        // The latest to appear: the one needs a run that has ended, the other a garbage collection.
        await stage.Collector.WaitUntilAsync(collector =>
                Array.TrueForAll(["ingestion.run.last_end.age", "dotnet.gc.last_collection.heap.size"], name => collector.Metrics.Any(metric => metric.Name == name)))
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        worker.Send(Signal.Terminate);
        await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));
        All = stage.Collector.Metrics;
        Series = PrometheusSeries.Of(All);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
