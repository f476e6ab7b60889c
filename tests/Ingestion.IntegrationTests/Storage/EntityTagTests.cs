using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Where the entity tags of conditional requests are kept.</summary>
public sealed class EntityTagTests(PostgresServer server)
{
    private const string Versions = "SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY id) FROM ingestion.characters";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_tag_of_a_record_is_stored_and_found()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        Assert.False(await storage.Runs.AnyStoredAsync(Cancellation));

        await storage.WriteAsync(run, Entries.Found(1, entityTag: "\"a\""), Entries.Found(2), Entries.Found(3, entityTag: "W/\"c\""), Entries.NotFound(4));

        Assert.True(await storage.Runs.AnyStoredAsync(Cancellation));
        Assert.Equal(
            new Dictionary<ItemKey, string> { [1] = "\"a\"", [3] = "W/\"c\"" },
            await storage.FindTagsAsync(Enumerable.Range(1, 1000).Select(id => new ItemKey(id))));
        Assert.Equal("1 0 \"a\", 2 0 -, 3 0 W/\"c\"", await storage.QueryAsync<string>(
            "SELECT string_agg(concat_ws(' ', id, fingerprint_iterations, coalesce(etag, '-')), ', ' ORDER BY id) FROM ingestion.characters"));
    }

    [Fact]
    public async Task A_record_that_was_fingerprinted_in_another_way_has_no_tag_that_could_be_used()
    {
        string database = await server.CreateDatabaseAsync();
        await using var one = new StorageHarness(database);
        await using var other = new StorageHarness(database, fingerprintIterations: 1000);
        await one.WriteAsync(await one.OpenRunAsync(), Entries.Found(1, entityTag: "\"a\""));

        Assert.Single(await one.FindTagsAsync(1));
        Assert.Empty(await other.FindTagsAsync(1));
    }

    [Fact]
    public async Task The_tag_follows_the_content_and_goes_when_a_record_comes_without_one()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1, entityTag: "\"a\""), Entries.Found(2, entityTag: "\"b\""));

        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1, "Morty", entityTag: "\"new\""), Entries.Found(2, "Morty"));

        Assert.Equal(new Dictionary<ItemKey, string> { [1] = "\"new\"" }, await storage.FindTagsAsync(1, 2));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("redrive")]
    [InlineData("shared run")]
    public async Task A_record_that_differs_in_nothing_but_its_tag_is_unchanged_and_gets_the_tag(string kind)
    {
        const string content = "SELECT string_agg(concat_ws(' ', id, name, raw, encode(content_hash, 'hex'), ingested_at, changed_at, run_id), ',' ORDER BY id) FROM ingestion.characters";
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1, entityTag: "\"a\""), Entries.Found(2));
        string before = await storage.QueryAsync<string>(content);

        CommittedOutcome[] results = await WriteAsync(storage, kind, Entries.Found(1, entityTag: "\"new\""), Entries.Found(2, entityTag: "\"b\""), Entries.Found(3, entityTag: "\"c\""));

        Assert.Equal([Outcome.Unchanged, Outcome.Unchanged, Outcome.Ingested], results.Select(result => result.Outcome));
        Assert.Equal(new Dictionary<ItemKey, string> { [1] = "\"new\"", [2] = "\"b\"", [3] = "\"c\"" }, await storage.FindTagsAsync(1, 2, 3));
        Assert.Equal(before, (await storage.QueryAsync<string>(content)).Split(",3 ")[0]);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("redrive")]
    [InlineData("shared run")]
    public async Task A_record_that_comes_with_the_same_tag_or_without_one_is_not_rewritten(string kind)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1, entityTag: "\"a\""), Entries.Found(2), Entries.Found(3, entityTag: "\"c\""));
        string before = await storage.QueryAsync<string>(Versions);

        CommittedOutcome[] results = await WriteAsync(storage, kind, Entries.Found(1, entityTag: "\"a\""), Entries.Found(2), Entries.Found(3));

        Assert.All(results, result => Assert.Equal(Outcome.Unchanged, result.Outcome));
        Assert.Equal(before, await storage.QueryAsync<string>(Versions));
    }

    [Fact]
    public async Task What_the_upstream_says_is_unchanged_leaves_an_outcome_and_the_row_as_it_was()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1, entityTag: "\"a\""));
        Guid failing = await storage.OpenRunAsync();
        await storage.WriteAsync(failing, Entries.Failed(1));
        string before = await storage.QueryAsync<string>(Versions);
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.NotModified(1));
        OutcomeCounts counts = await storage.Runs.CloseAsync(run, RunStatus.Finished, Cancellation);

        Assert.Equal([new CommittedOutcome(Outcome.Unchanged, null)], results);
        Assert.Equal(1, counts.Unchanged);
        Assert.Equal(before, await storage.QueryAsync<string>(Versions));
        Assert.Equal(1, await storage.CountAsync($"outcomes WHERE run_id = '{failing}' AND resolved_by = '{run}'"));
    }

    private static async Task<CommittedOutcome[]> WriteAsync(StorageHarness storage, string kind, params OutcomeEntry[] entries)
    {
        Guid run = await storage.OpenRunAsync();
        return await (kind switch
        {
            "run" => storage.WriteAsync(run, entries),
            "redrive" => storage.RedriveAsync(run, entries),
            _ => storage.WriteSharedAsync(run, entries),
        });
    }
}
