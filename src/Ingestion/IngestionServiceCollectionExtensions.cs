using Ingestion.Concurrency;
using Ingestion.Records;
using Ingestion.Runs;
using Ingestion.Runs.Previewing;
using Ingestion.Runs.Recording;
using Ingestion.Runs.Validating;
using Ingestion.Sources;
using Ingestion.Sources.RabbitMq;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
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
        services.AddSettings<TracingOptions>(configuration, TracingOptions.Section, ConfigurationRules.FindErrors);
        services.AddSettings<RabbitMqOptions>(configuration, RabbitMqOptions.Section, ConfigurationRules.FindErrors);

        services.AddMetrics();
        services.TryAddSingleton<IngestionMetrics>();
        services.AddRecords(configuration, ConfigurationRules.FindErrors);
        services.AddPostgresStorage(configuration);
        services.AddBroker(configuration);
        services.AddSingleton(CreateOrderedSource);
        services.AddSingleton<RunHealth>();
        services.AddSingleton<RecentAttempts>();
        services.AddSingleton<RunControl>();
        services.AddSingleton<RunServices>();
        services.AddSingleton<IIngestionRunner, IngestionRunner>();
        services.AddSingleton(provider => new Validator(provider));
        return services;
    }

    /// <summary>Registers what looks at single items: of the sections the ones that say how to fetch a record and how to store it. Without a database that can be used it works as well. Resolve <see cref="RecordPreview"/>.</summary>
    /// <exception cref="IngestionConfigurationException">The configuration has errors; all of them are listed, one line each.</exception>
    public static IServiceCollection AddPreview(this IServiceCollection services, IConfiguration configuration)
    {
        IReadOnlyList<string> errors = ConfigurationRules.FindErrorsOfRecords(configuration);
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);

        string? whyNoColumns = null;
        try
        {
            services.AddRecords(configuration, ConfigurationRules.FindErrorsOfRecords).AddPostgresStorage(configuration);
        }
        catch (IngestionConfigurationException e)
        {
            whyNoColumns = e.Message;
        }

        return services.AddSingleton(provider => new RecordPreview(
            provider.GetRequiredService<UpstreamClient>(), provider.GetRequiredService<IOptions<UpstreamOptions>>(), provider.GetRequiredService<IOptions<OAuthOptions>>(),
            provider.GetRequiredService<RecordTransformer>(), provider.GetRequiredService<TimeProvider>(), provider.GetService<PostgresColumnValues>(), whyNoColumns));
    }

    /// <summary>
    /// Registers what fills the queue, and nothing else: after the sections <c>RabbitMq</c> and <c>Resource</c>, for the kind of IDs, and the connection string <c>ConnectionStrings:RabbitMq</c>. Resolve <see cref="IEnqueuer"/>.
    /// </summary>
    /// <exception cref="IngestionConfigurationException">The configuration has errors; all of them are listed, one line each.</exception>
    public static IServiceCollection AddEnqueuer(this IServiceCollection services, IConfiguration configuration)
    {
        List<string> errors = [.. ResourceRules.FindErrors(configuration, out _), .. RabbitMqServiceCollectionExtensions.FindErrors(configuration, isNeeded: true), .. Settings.Check<TracingOptions>(configuration, TracingOptions.Section)];
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);

        services.AddSettings<RabbitMqOptions>(configuration, RabbitMqOptions.Section);
        services.AddSettings<TracingOptions>(configuration, TracingOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        return services.AddResource(configuration).AddBroker(configuration);
    }

    /// <summary>Makes the runner ingest dead letters again, in place of what <c>Ingestion:Source</c> names. Call it after <see cref="AddIngestion"/>.</summary>
    public static IServiceCollection AddRedrive(this IServiceCollection services, DeadLetterFilter filter) =>
        services.Replace(ServiceDescriptor.Singleton<IItemSource>(
            provider => new DeadLetterSource(provider.GetRequiredService<IDeadLetterIds>(), filter)));

    /// <summary>Makes the runner record its runs: <see cref="RunSummary.Recording"/> is set then.</summary>
    public static IServiceCollection AddRecording(this IServiceCollection services) =>
        services.Configure<RunRecorderOptions>(static options => options.IsOn = true);

    /// <summary>What it takes to fetch a record and to say where it is stored.</summary>
    private static IServiceCollection AddRecords(this IServiceCollection services, IConfiguration configuration, Func<IConfiguration, IReadOnlyList<string>> check)
    {
        services.AddSettings<UpstreamOptions>(configuration, UpstreamOptions.Section, check);
        services.AddSettings<OAuthOptions>(configuration, OAuthOptions.Section, check);
        services.AddSettings<TransformOptions>(configuration, TransformOptions.Section, check);
        services.AddSettings<StorageOptions>(configuration, StorageOptions.Section, check);
        return services.AddResource(configuration).AddUpstream();
    }

    private static IServiceCollection AddResource(this IServiceCollection services, IConfiguration configuration)
    {
        Resource resource = ResourceRules.Read(configuration);
        return services.AddSingleton(resource).AddSingleton(new ItemKind(resource.Item, resource.HasTextKeys, resource.NotFound));
    }

    private static IItemSource CreateOrderedSource(IServiceProvider provider)
    {
        IItemSource source = CreateSource(provider);
        string? first = provider.GetRequiredService<IOptions<IngestionOptions>>().Value.First;
        if (string.IsNullOrWhiteSpace(first))
            return source;

        IReadOnlyList<ItemKey>? keys = KeyList.Parse(first, provider.GetRequiredService<Resource>().HasTextKeys, out string? error);
        return new FirstSource(source, keys ?? throw new IngestionConfigurationException($"{IngestionOptions.Section}:First: {error}"), provider.GetRequiredService<ILogger<FirstSource>>());
    }

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
