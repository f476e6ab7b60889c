using Ingestion.Concurrency;
using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Sources.RabbitMq;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Ingestion;

/// <summary>The one way in.</summary>
public static class IngestionServiceCollectionExtensions
{
    /// <summary>
    /// Registers everything a run needs, after the sections <c>Ingestion</c>, <c>Upstream</c>, <c>Transform</c>, <c>Tracing</c>, <c>Storage</c>,
    /// <c>RabbitMq</c> and the connection strings <c>ConnectionStrings:Postgres</c> and, for that source, <c>ConnectionStrings:RabbitMq</c>. Resolve <see cref="ISchema"/> and <see cref="IIngestionRunner"/> to work with it.
    /// </summary>
    /// <exception cref="IngestionConfigurationException">The configuration has errors; all of them are listed, one line each.</exception>
    public static IServiceCollection AddIngestion(this IServiceCollection services, IConfiguration configuration)
    {
        ConfigurationRules.Check(configuration);

        services.AddSettings<IngestionOptions>(configuration, IngestionOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<UpstreamOptions>(configuration, UpstreamOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<OAuthOptions>(configuration, OAuthOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<TransformOptions>(configuration, TransformOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<TracingOptions>(configuration, TracingOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<StorageOptions>(configuration, StorageOptions.Section, ConfigurationRules.FindErrors);

        services.AddSettings<RabbitMqOptions>(configuration, RabbitMqOptions.Section, ConfigurationRules.FindErrors);

        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IngestionMetrics>();
        services.AddSingleton(ResourceRules.Read(configuration));
        services.AddSingleton<RecordTransformer>();
        services.AddUpstream();
        services.AddPostgresStorage(configuration);
        services.AddBroker(configuration);
        services.AddSingleton(CreateSource);
        services.AddSingleton<RunHealth>();
        services.AddSingleton<RunServices>();
        services.AddSingleton<IIngestionRunner, IngestionRunner>();
        return services;
    }

    /// <summary>
    /// Registers what fills the queue, and nothing else: after the section <c>RabbitMq</c> and the connection string <c>ConnectionStrings:RabbitMq</c>. Resolve <see cref="IEnqueuer"/>.
    /// </summary>
    /// <exception cref="IngestionConfigurationException">The configuration has errors; all of them are listed, one line each.</exception>
    public static IServiceCollection AddEnqueuer(this IServiceCollection services, IConfiguration configuration)
    {
        List<string> errors = [.. RabbitMqServiceCollectionExtensions.FindErrors(configuration, isNeeded: true), .. Settings.Check<TracingOptions>(configuration, TracingOptions.Section)];
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);

        services.AddSettings<RabbitMqOptions>(configuration, RabbitMqOptions.Section);
        services.AddSettings<TracingOptions>(configuration, TracingOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        return services.AddBroker(configuration);
    }

    /// <summary>Makes the runner ingest dead letters again, in place of what <c>Ingestion:Source</c> names. Call it after <see cref="AddIngestion"/>.</summary>
    public static IServiceCollection AddRedrive(this IServiceCollection services, DeadLetterFilter filter) =>
        services.Replace(ServiceDescriptor.Singleton<IItemSource>(
            provider => new DeadLetterSource(provider.GetRequiredService<IDeadLetterIds>(), filter)));

    /// <summary>Makes the runner record its runs: <see cref="RunSummary.Recording"/> is set then.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services) =>
        services.Configure<RecordingOptions>(static options => options.IsOn = true);

    private static IItemSource CreateSource(IServiceProvider provider)
    {
        IngestionOptions options = provider.GetRequiredService<IOptions<IngestionOptions>>().Value;
        if (ConfigurationRules.IsSource(options, "Catalog"))
            return new CatalogSource(provider.GetRequiredService<ICatalog>());
        if (ConfigurationRules.IsSource(options, "File"))
            return new FileSource(options.IdsFile!, provider.GetRequiredService<Resource>().HasTextKeys);
        if (ConfigurationRules.IsSource(options, "Query"))
            return new QuerySource(provider.GetRequiredService<IKeyQuery>(), options.Query!);
        if (ConfigurationRules.IsSource(options, "RabbitMq"))
        {
            int degree = StrategyCatalog.Find(options.Strategy)?.FixedDegree ?? options.DegreeOfParallelism.Number;
            return RabbitMqServiceCollectionExtensions.CreateSource(provider, degree, provider.GetRequiredService<IOptions<UpstreamOptions>>().Value.IdsPerRequest);
        }

        return IdRanges.TryParse(options.Ids, out IdRanges? ids, out string? error)
            ? new IdsSource(ids)
            : throw new IngestionConfigurationException($"{IngestionOptions.Section}:Ids is not a list of IDs: {error}");
    }
}
