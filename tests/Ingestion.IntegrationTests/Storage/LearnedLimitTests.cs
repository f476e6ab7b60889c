namespace Ingestion.IntegrationTests.Storage;

/// <summary>Where the limits of the adaptive strategy are kept.</summary>
public sealed class LearnedLimitTests(PostgresServer server)
{
    private const string Api = "https://api.example/v1/";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_last_limit_learned_of_an_upstream_is_found()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await storage.OpenRunAsync();
        Assert.Null(await storage.Runs.FindLearnedLimitAsync(Api, Cancellation));
        await storage.Runs.StoreLearnedLimitAsync(first, Api, 32, Cancellation);
        Guid second = await storage.OpenRunAsync();
        Assert.Equal(32, await storage.Runs.FindLearnedLimitAsync(Api, Cancellation));

        await storage.Runs.StoreLearnedLimitAsync(second, Api, 200, Cancellation);
        await storage.OpenRunAsync();

        Assert.Equal(200, await storage.Runs.FindLearnedLimitAsync(Api, Cancellation));
    }

    [Fact]
    public async Task Nothing_is_learned_of_another_upstream()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.Runs.StoreLearnedLimitAsync(await storage.OpenRunAsync(), Api, 32, Cancellation);

        Assert.Null(await storage.Runs.FindLearnedLimitAsync("https://api.example/v2/", Cancellation));
    }
}
