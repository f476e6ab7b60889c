using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace Ingestion.Storage.Postgres;

internal static class StorageServiceCollectionExtensions
{
    /// <summary>Registers the storage on PostgreSQL. The caller registers <see cref="StorageOptions"/>, the metrics and the <see cref="TimeProvider"/>.</summary>
    /// <exception cref="Configuration.IngestionConfigurationException"><c>ConnectionStrings:Postgres</c> is missing or cannot be parsed.</exception>
    public static IServiceCollection AddPostgresStorage(this IServiceCollection services, IConfiguration configuration)
    {
        NpgsqlConnectionStringBuilder settings = PostgresTarget.Parse(configuration[StorageOptions.ConnectionStringKey]);
        services.AddSingleton(PostgresTarget.From(settings));
        // Npgsql gets no logger: it would log every statement, and every outage with a stack trace. What matters is logged here.
        services.AddSingleton(_ => NpgsqlDataSource.Create(settings));
        services.AddSingleton(_ => new LockConnections(settings));
        services.TryAddSingleton<StorageHealth>();
        services.AddSingleton<ISchema, PostgresSchema>();
        services.AddSingleton<IRunStore, PostgresRunStore>();
        services.AddSingleton<IRunHistory, PostgresRunHistory>();
        return services;
    }
}
