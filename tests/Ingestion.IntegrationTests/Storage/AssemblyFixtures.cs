[assembly: AssemblyFixture(typeof(Ingestion.IntegrationTests.Storage.PostgresServer))]
