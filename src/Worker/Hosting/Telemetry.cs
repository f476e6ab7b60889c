using System.Diagnostics.Metrics;
using Ingestion.Telemetry;
using OpenTelemetry.Resources;

namespace Worker.Hosting;

/// <summary>Sends traces, metrics and logs to an OTLP collector, when one is configured. Otherwise nobody listens, and nothing is measured.</summary>
internal static class Telemetry
{
    private const string ServiceName = "ingestion-service";

    // A queue of half a minute at full speed, so that a slow collector loses nothing; batches well below the 4 MiB a gRPC collector accepts.
    private const int MaxQueueSize = 65_536;
    private const int MaxBatchSize = 1_024;
    private const int ScheduledDelayMilliseconds = 1_000;
    private const int ExportTimeoutMilliseconds = 30_000;

    private static readonly string[] ExemplarFilters = ["OTEL_METRICS_EXEMPLAR_FILTER", "OTEL_DOTNET_EXPERIMENTAL_METRICS_EXEMPLAR_FILTER_HISTOGRAMS"];

    // The SDK's default buckets are made for milliseconds; these are those the semantic conventions recommend for seconds, and two longer ones.
    private static readonly double[] SecondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    public static void AddTelemetry(this HostApplicationBuilder builder)
    {
        IConfiguration configuration = builder.Configuration;
        ExportedSignals exported = new(configuration);
        builder.Services.AddSingleton<SpanCounts>();
        builder.Services.AddSingleton(exported);
        builder.Services.AddSingleton<TelemetryFlush>();
        builder.Services.AddSingleton(services => new TraceViewer(services.GetRequiredService<IOptions<TracingOptions>>().Value.Viewer, ServiceNameOf(configuration)));
        if (!exported.All.Any(signal => signal.WhyNot is null))
            return;

        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService(ServiceName, serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3))
            .AddEnvironmentVariableDetector());
        if (exported.Traces.WhyNot is null)
        {
            builder.Services.AddSingleton<ITraceSuppression, OpenTelemetrySuppression>();
            telemetry.WithTracing(tracing => AddTraces(tracing, configuration, exported.Traces));
        }

        if (exported.Metrics.WhyNot is null)
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, configuration, exported.Metrics));
        }

        // As a person reads it; the template and its values are attributes beside it.
        if (exported.Logs.WhyNot is null)
            telemetry.WithLogging(logging => logging.AddOtlpExporter(exported.Logs.Configure), options => options.IncludeFormattedMessage = true);
    }

    private static void AddTraces(TracerProviderBuilder tracing, IConfiguration configuration, ExportedSignal signal)
    {
        tracing.AddSource(IngestionActivity.SourceName, "System.Net.Http", "Npgsql");

        // Without a sampler in code the SDK takes the one the variable names.
        if (ExportedSignal.Value(configuration, "OTEL_TRACES_SAMPLER") is null)
            tracing.SetSampler(CreateSampler);

        tracing.AddProcessor(services => services.GetRequiredService<SpanCounts>());
        tracing.AddProcessor(services => new OutcomeProcessor(services.GetRequiredService<ItemKind>()));
        tracing.AddProcessor(services => CreateExport(configuration, signal, services.GetRequiredService<SpanCounts>()));
    }

    private static void AddMetrics(MeterProviderBuilder metrics, IConfiguration configuration, ExportedSignal signal)
    {
        metrics.AddMeter(IngestionActivity.SourceName, "System.Net.Http", "Npgsql", "System.Runtime").AddView(Shape).AddOtlpExporter(signal.Configure);

        // What is set in code would win over the variables. An exemplar is a measurement with the trace it belongs to.
        if (Array.TrueForAll(ExemplarFilters, variable => ExportedSignal.Value(configuration, variable) is null))
            metrics.SetExemplarFilter(ExemplarFilterType.TraceBased);
    }

    private static TraceSizeSampler CreateSampler(IServiceProvider services)
    {
        TracingOptions options = services.GetRequiredService<IOptions<TracingOptions>>().Value;
        SpanCounts counts = services.GetRequiredService<SpanCounts>();
        FirstTracesPerSecondSampler roots = new(() => options.MaxTracesPerSecond, counts, services.GetRequiredService<TimeProvider>());
        return new TraceSizeSampler(new ParentBasedSampler(roots), options.MaxSpansPerTrace, counts);
    }

    private static BatchActivityExportProcessor CreateExport(IConfiguration configuration, ExportedSignal signal, SpanCounts counts)
    {
        OtlpExporterOptions options = new();
        signal.Configure(options);
        int queue = Positive(configuration, "OTEL_BSP_MAX_QUEUE_SIZE", MaxQueueSize);
        return new BatchActivityExportProcessor(
            new CountingExporter(options, signal, counts),
            queue,
            Positive(configuration, "OTEL_BSP_SCHEDULE_DELAY", ScheduledDelayMilliseconds),
            Positive(configuration, "OTEL_BSP_EXPORT_TIMEOUT", ExportTimeoutMilliseconds),
            Math.Min(queue, Positive(configuration, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", MaxBatchSize)));
    }

    private static MetricStreamConfiguration? Shape(Instrument instrument) => instrument switch
    {
        // Counted up and down with six attributes for every request, and the service's own in-flight gauge says as much.
        { Name: "http.client.active_requests" or "http.client.open_connections" } => MetricStreamConfiguration.Drop,
        Histogram<double> { Unit: "s", Meter.Name: IngestionActivity.SourceName } => new ExplicitBucketHistogramConfiguration { Boundaries = SecondBuckets },
        _ => null,
    };

    /// <summary>As the SDK finds it: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration.</summary>
    private static string ServiceNameOf(IConfiguration configuration) => ExportedSignal.Value(configuration, "OTEL_SERVICE_NAME")
        ?? ExportedSignal.Value(configuration, "OTEL_RESOURCE_ATTRIBUTES")?.Split(',', StringSplitOptions.TrimEntries)
            .Where(pair => pair.StartsWith("service.name=", StringComparison.Ordinal)).Select(pair => Uri.UnescapeDataString(pair["service.name=".Length..])).FirstOrDefault()
        ?? ServiceName;

    private static int Positive(IConfiguration configuration, string key, int fallback) =>
        int.TryParse(configuration[key], out int value) && value > 0 ? value : fallback;

    /// <summary>Counts the spans that the collector accepted.</summary>
    private sealed class CountingExporter(OtlpExporterOptions options, ExportedSignal traces, SpanCounts counts) : OtlpTraceExporter(options)
    {
        public override ExportResult Export(in Batch<Activity> activityBatch)
        {
            lock (counts.Sending)
            {
                // A batch can be read only once.
                List<Activity> spans = [];
                foreach (Activity span in activityBatch)
                    spans.Add(span);

                ExportResult result = base.Export(new Batch<Activity>([.. spans], spans.Count));
                if (result == ExportResult.Success && !traces.IsRefused)
                    counts.SpansExported(spans, rejected: traces.TakeRejected());
                return result;
            }
        }
    }

    /// <summary>Suppression as the OpenTelemetry SDK does it: its listener then samples nothing.</summary>
    private sealed class OpenTelemetrySuppression : ITraceSuppression
    {
        // Not disposed: it belongs to the flow of the calling method, and ends with it.
        public void Suppress() => SuppressInstrumentationScope.Begin();
    }
}
