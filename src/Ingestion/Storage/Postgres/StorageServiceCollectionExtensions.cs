using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
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
        services.AddSingleton(provider => new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .UseLoggerFactory(provider.GetService<ILoggerFactory>())
            .Build());
        services.TryAddSingleton<StorageHealth>();
        services.AddSingleton<ISchema, PostgresSchema>();
        services.AddSingleton<IRunStore, PostgresRunStore>();
        services.AddSingleton<IRunHistory, PostgresRunHistory>();
        return services;
    }
}
