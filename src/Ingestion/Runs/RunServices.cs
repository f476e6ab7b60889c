using Ingestion.Records;
using Ingestion.Runs.Attempts;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>What all runs of a process work with.</summary>
internal sealed record RunServices(
    IItemSource Source,
    IUpstream Upstream,
    IUpstreamGate Gate,
    RetryBudget RetryBudget,
    RecordTransformer Transformer,
    IRunStore Store,
    IRetention Retention,
    IOptions<StorageOptions> StorageOptions,
    StorageHealth StorageHealth,
    RunHealth Health,
    IngestionMetrics Metrics,
    IOptionsMonitor<IngestionOptions> Options,
    IOptions<UpstreamOptions> UpstreamOptions,
    IOptions<TracingOptions> TracingOptions,
    IOptions<RunRecorderOptions> RunRecorderOptions,
    RecentAttempts Recent,
    RunControl Control,
    TimeProvider TimeProvider,
    ILogger<IngestionRunner> Logger,
    ITraceSuppression? TraceSuppression = null)
{
    public RequestClock RequestClock { get; } = new(TimeProvider);
}
