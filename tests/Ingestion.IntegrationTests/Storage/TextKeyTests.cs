using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A resource whose keys are text is stored, resumed and redriven as one whose keys are numbers.</summary>
public sealed class TextKeyTests(PostgresServer server)
{
    private static readonly string[] Keys = ["", "a", "B", "ab", "a,b", "a'b\\", "ü", "e\u0301", "\uffff", "\ue000", "\U0001f600", "\U0010ffff", "7", "07", new('x', 500)];

    private static readonly Resource Texts = Resources.With(("Resource:Name", "things"), ("Resource:IdType", "Text"), ("Resource:Path", "things/{id}"));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_key_has_its_row_its_outcome_and_its_answer()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, Keys.Select((key, i) => i % 3 == 0 ? Entries.NotFound(key) : Entries.Found(key, $"Name {i}", entityTag: $"\"{i}\"")));

        Assert.Equal(Keys.Select((_, i) => i % 3 == 0 ? Outcome.NotFound : Outcome.Ingested), results.Select(result => result.Outcome));
        Assert.Equal(Keys.Length, await storage.CountAsync("outcomes"));
        Assert.Equal(10, await storage.CountAsync("things WHERE name = 'Name ' || trim('\"' FROM etag) AND length(image) > 0"));
        Assert.False(await storage.QueryAsync<bool>("SELECT to_regclass('ingestion.characters') IS NOT NULL"));
        Dictionary<ItemKey, string> tags = await storage.FindTagsAsync(Keys.Select(key => new ItemKey(key)));
        Assert.Equal(10, tags.Count);
        Assert.Equal("\"1\"", tags["a"]);

        // The same again, by a process that did not get the answer.
        Assert.Equal(results, await storage.WriteAsync(run, Keys.Select((key, i) => i % 3 == 0 ? Entries.NotFound(key) : Entries.Found(key, $"Name {i}", entityTag: $"\"{i}\""))));
    }

    [Fact]
    public async Task Dead_letters_are_shown_and_discarded_one_by_one()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Keys.Select(key => Entries.Failed(key, "HTTP 503")));
        DeadLetterFilter two = new() { Texts = ["a,b", "ü", "there is none"] };

        Assert.Equal(["a,b", "ü"], (await storage.DeadLetters.ShowAsync(two, 10, Cancellation)).Select(item => item.Key.Text));
        Assert.Equal(2, await storage.DeadLetters.DiscardAsync(two, "why", Cancellation));
        Assert.Equal(0, await storage.DeadLetters.DiscardAsync(two, "again", Cancellation));
        Assert.Equal(Keys.Length - 2, await storage.DeadLetters.CountAsync(DeadLetterFilter.All, Cancellation));
        Assert.Equal(2, await storage.CountAsync("item_outcomes WHERE note = 'why' AND resolved_at IS NOT NULL AND resolved_by IS NULL"));
    }

    [Fact]
    public async Task A_run_is_resumed_with_what_is_done()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Keys[1..].Select(key => Entries.NotFound(key)));
        await storage.Runs.CloseAsync(run, RunStatus.Stopped, Cancellation);

        OpenedRun resumed = await storage.Runs.OpenAsync(StorageHarness.Start(resume: true), Cancellation);

        Assert.Equal((run, Keys.Length - 1), (resumed.Id, (int)resumed.Counts.Total));
        Assert.Equal(Keys[1..].Select(key => new ItemKey(key)), (await storage.FindDoneAsync(run, Keys.Select(key => new ItemKey(key)))).Keys);
    }

    [Fact]
    public async Task Dead_letters_are_listed_in_order_and_redriven()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Keys[1..].Select(key => Entries.Failed(key)));

        var listed = new List<ItemKey>();
        while (await storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, listed.Count == 0 ? (ItemKey?)null : listed[^1], limit: 4, Cancellation) is { Count: > 0 } page)
            listed.AddRange(page);
        DeadLetterGroup group = Assert.Single((await storage.DeadLetters.SummarizeAsync(DeadLetterFilter.All, Cancellation)).Groups);

        Assert.Equal(Keys[1..].Select(key => new ItemKey(key)).Order(), listed);
        Assert.Equal((Keys.Length - 1, true), (group.Count, group.HasMoreIds));
        Assert.StartsWith("07,7,B,a,a'b\\,a,b,ab,", group.Ids, StringComparison.Ordinal);
        Guid redrive = (await storage.Runs.OpenAsync(StorageHarness.Start("redrive"), Cancellation)).Id;
        await storage.RedriveAsync(redrive, Keys[1..].Select(key => Entries.Found(key)));
        Assert.Equal(0, await storage.DeadLetterIds.CountAsync(DeadLetterFilter.All, Cancellation));
        Assert.True(IdRanges.TryParse("1-3", out IdRanges? ids, out _));
        await Assert.ThrowsAsync<IngestionConfigurationException>(() => storage.DeadLetters.SummarizeAsync(new DeadLetterFilter { Ids = ids }, Cancellation));
    }

    [Fact]
    public async Task Outcomes_of_jobs_and_late_answers_are_kept_apart_by_key()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync(), resource: Texts);
        Guid run = await storage.OpenRunAsync();

        await storage.WriteSharedAsync(run, Keys.Select(key => Entries.Found(key) with { Job = new Job(run, null) }));
        CommittedOutcome[] again = await storage.WriteSharedAsync(run, Keys.Select(key => Entries.Found(key, "late", fetchedAt: TimeProvider.System.GetUtcNow().AddHours(-1))));

        Assert.All(again, result => Assert.NotEqual(Outcome.Failed, result.Outcome));
        Assert.Equal(0, await storage.CountAsync("things WHERE name = 'late'"));
    }
}
