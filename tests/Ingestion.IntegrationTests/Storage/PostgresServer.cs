using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>The private server as a fixture of xunit.</summary>
public sealed class PostgresServer : PostgresCluster, IAsyncLifetime;
