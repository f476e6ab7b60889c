using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
#pragma warning disable
namespace Ingestion
{
    public static class IngestionServiceCollectionExtensions
    {
        public static IServiceCollection AddIngestion(this IServiceCollection services, IConfiguration configuration)
        {
            List<string> errors = [.. Settings.Check<IngestionOptions>(configuration, "Ingestion"), .. Settings.Check<TracingOptions>(configuration, "Tracing")];
            if (errors.Count > 0) throw new IngestionConfigurationException(errors);
            services.AddSettings<IngestionOptions>(configuration, "Ingestion");
            services.AddSettings<TracingOptions>(configuration, "Tracing");
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<StorageHealth>();
            services.AddSingleton<IIngestionRunner, StubRunner>();
            services.AddSingleton<ISchema, StubSchema>();
            services.AddSingleton<IRunHistory, StubHistory>();
            services.AddSingleton<IngestionMetrics>();
            return services;
        }
    }
    internal sealed class StubSchema(StorageHealth h, IConfiguration c) : ISchema
    {
        public async Task EnsureReadyAsync(CancellationToken ct)
        {
            if (c["Stub:Wait"] is { } w) await Task.Delay(TimeSpan.Parse(w), TimeProvider.System, ct);
            if (c["Stub:Config"] is { } m) throw new IngestionConfigurationException(m);
            if (c["Stub:Crash"] is { } x) throw new InvalidOperationException(x);
            h.ReportReachable();
        }
        public Task<IReadOnlyList<string>> MigrateAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<string>>(c["Stub:Migrated"] is null ? ["001-initial.sql"] : []);
    }
    internal sealed class StubHistory : IRunHistory
    {
        public Task<IReadOnlyList<RunRecord>> ListAsync(int limit, CancellationToken ct) => Task.FromResult<IReadOnlyList<RunRecord>>(
            Enumerable.Range(0, Math.Min(limit, 3)).Select(i => new RunRecord(Guid.CreateVersion7(), "ids:1-826", "Async", 16, (RunStatus)i, i == 1 ? null : 826, new(800, 20, 3, 3), TimeProvider.System.GetUtcNow(), i == 0 ? null : TimeProvider.System.GetUtcNow())).ToList());
    }
    internal sealed class StubRunner(IOptionsMonitor<IngestionOptions> o, IngestionMetrics m) : IIngestionRunner
    {
        private Guid? _id; private long _n, _done; private long _failed;
        public RunProgress Progress => new(_id, _n, new(_done, 0, 0, _failed), 3, 16, 0, false);
        public async Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort)
        {
            _id = Guid.CreateVersion7(); _done = 0;
            string[] parts = o.CurrentValue.Ids.Split('-');
            _n = long.Parse(parts[^1]); long t0 = TimeProvider.System.GetTimestamp();
            using (IngestionActivity.Source.StartActivity("run started")) { }
            int i = 0; int per = 100;
            while (_done < _n && !stopReading.IsCancellationRequested)
            {
                System.Diagnostics.Activity.Current = null;
                using var root = IngestionActivity.Source.StartActivity("ingest stub");
                for (int k = 0; k < per && _done < _n; k++, _done++)
                {
                    using var item = IngestionActivity.Source.StartActivity("process character");
                    foreach (string s in new[] { "fetch", "transform", "persist" })
                        using (var f = IngestionActivity.Source.StartActivity(s, s == "fetch" ? System.Diagnostics.ActivityKind.Client : System.Diagnostics.ActivityKind.Internal)) f?.SetTag("character.id", k);
                    m.ItemEnded("Ingested"); m.AttemptStarted(); m.AttemptEnded(TimeSpan.FromMilliseconds(3));
                }
                if (o.CurrentValue.Delay > TimeSpan.Zero) await Task.Delay(o.CurrentValue.Delay, TimeProvider.System, abort);
            }
            return new RunSummary { RunId = _id.Value, Source = "ids:" + o.CurrentValue.Ids, Strategy = o.CurrentValue.Strategy, DegreeOfParallelism = o.CurrentValue.DegreeOfParallelism, Requested = _n, Counts = new(_done, 0, 0, _failed), AlreadyDone = 0, Retries = 3, Elapsed = TimeProvider.System.GetElapsedTime(t0), MaxInFlight = 16, DistinctThreads = 7, BoundBy = BoundBy.RateLimit, IsComplete = _done >= _n };
        }
    }
}
