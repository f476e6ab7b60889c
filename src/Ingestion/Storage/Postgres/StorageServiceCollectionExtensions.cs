using Ingestion.Records;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Ingestion.Storage.Postgres;

internal static class StorageServiceCollectionExtensions
{
    /// <summary>Registers the storage on PostgreSQL. The caller registers <see cref="StorageOptions"/>, <see cref="TransformOptions"/>, the metrics and the <see cref="TimeProvider"/>.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException"><c>ConnectionStrings:Postgres</c> and <c>DATABASE_URL</c> are missing, or cannot be used.</exception>
    public static IServiceCollection AddPostgresStorage(this IServiceCollection services, IConfiguration configuration)
    {
        (NpgsqlConnectionStringBuilder settings, PostgresTarget target) = PostgresSettings.Read(configuration);
        services.AddSingleton(target);
        // Npgsql gets no logger: it would log every statement, and every outage with a stack trace. What matters is logged here.
        // The names are in Npgsql's metrics, where it would put the connection string instead.
        services.AddSingleton(provider => Build(settings, target, Options(provider)));
        services.AddSingleton(provider => new LockConnections(settings, $"{target.Server}/{target.Database} locks", Options(provider).TransactionPooling));
        services.AddSingleton(provider => new SchemaName(Options(provider).Schema));
        services.TryAddSingleton<StorageHealth>();
        services.AddSingleton<PostgresStorageErrors>();
        services.AddSingleton<OutageGuards>();
        services.AddSingleton<PostgresSchema>();
        services.AddSingleton<ISchema>(provider => provider.GetRequiredService<PostgresSchema>());
        services.AddSingleton<IScratchSchemas, ScratchSchemas>();
        services.AddSingleton<PostgresColumnValues>();
        services.AddSingleton<IRunStore, PostgresRunStore>();
        services.AddSingleton<IRunHistory, PostgresRunHistory>();
        services.AddSingleton<IRetention, PostgresRetention>();
        services.AddSingleton<IKeyQuery, PostgresKeyQuery>();
        services.AddSingleton<PostgresDeadLetters>();
        services.AddSingleton<IDeadLetters>(provider => provider.GetRequiredService<PostgresDeadLetters>());
        services.AddSingleton<IDeadLetterIds>(provider => provider.GetRequiredService<PostgresDeadLetters>());
        return services;
    }

    private static StorageOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<StorageOptions>>().Value;

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings, PostgresTarget target, StorageOptions options)
    {
        // A pooler resets its connections to the server itself, and the one that such a statement reached would be another one.
        var own = new NpgsqlConnectionStringBuilder(settings.ConnectionString) { NoResetOnClose = settings.NoResetOnClose || options.TransactionPooling };
        return DriverSpans.OnlyInTraces(new NpgsqlDataSourceBuilder(own.ConnectionString) { Name = $"{target.Server}/{target.Database}" }).Build();
    }
}
