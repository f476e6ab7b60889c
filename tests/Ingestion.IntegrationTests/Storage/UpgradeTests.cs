using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using TestSupport.Postgres;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Databases with what each earlier version had stored in them.</summary>
public sealed class UpgradeTests(PostgresServer server)
{
    private const int Workers = 20;
    private const int MigrationApplied = 2001;

    public static TheoryData<int> EarlierVersions => [.. Enumerable.Range(1, Migration.All.Count - 1)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(EarlierVersions))]
    public async Task Twenty_workers_that_start_at_once_apply_each_migration_once_and_keep_what_an_earlier_version_stored(int version)
    {
        string database = await server.CreateDatabaseAsync();
        var earlier = new EarlierDatabase(database, version, StorageHarness.Api);
        await earlier.MakeAsync();
        StorageHarness[] workers = [.. Enumerable.Range(0, Workers).Select(_ => new StorageHarness(database))];

        await Task.WhenAll(workers.Select(worker => worker.Schema.EnsureReadyAsync(Cancellation)));

        string[] applied = [.. workers.SelectMany(worker => worker.Log.Texts(MigrationApplied)).Select(text => text.Split(' ', 4)[3])];
        Assert.Equal(EarlierDatabase.Scripts.Skip(version), applied.Where(name => char.IsAsciiDigit(name[0])));
        Assert.Equal(applied, applied.Distinct());
        Assert.Empty(await earlier.FindDamageAsync());
        OpenedRun run = await workers[0].Runs.OpenAsync(StorageHarness.Start($"ids:{EarlierDatabase.Ids}", resume: true), Cancellation);
        Assert.Equal((earlier.CanResume, earlier.CanResume ? (long)earlier.Done.Count : 0), (run.IsResumed, run.Counts.Total));
        foreach (StorageHarness worker in workers)
            await worker.DisposeAsync();
    }
}
