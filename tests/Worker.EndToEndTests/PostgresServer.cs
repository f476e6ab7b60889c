using TestSupport.Postgres;

[assembly: AssemblyFixture(typeof(Worker.EndToEndTests.PostgresServer))]

namespace Worker.EndToEndTests;

/// <summary>One private PostgreSQL for all tests of the assembly; each test has a database of its own.</summary>
public sealed class PostgresServer : PostgresCluster, IAsyncLifetime;
