using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

public sealed class DeadLetterTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Failures_with_the_same_reason_are_one_group_whatever_numbers_are_in_it()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(
            run,
            [
                .. Failed("HTTP 503", 1, 2, 3, 7), .. Failed("HTTP 500", 5), Entries.Found(4),
                Entries.Failed(10, "the record has id 11, not 10"), Entries.Failed(12, "the record has id 13, not 12"),
                Entries.Failed(20, "a redirect to another server is not followed: http://other.test/api/character/20"),
                Entries.Failed(21, "a redirect to another server is not followed: http://other.test/api/character/21"),
                Entries.Failed(30, "no complete answer within 00:00:10"), Entries.Failed(31, "connection reset (127.0.0.1:8080)"),
                Entries.Failed(40, "PostgreSQL rejected the row: bad (SQLSTATE 23502)"), Entries.Failed(41, "PostgreSQL rejected the row: bad (SQLSTATE 22P05)"),
            ]);

        DeadLetterSummary summary = await SummarizeAsync(storage);

        Assert.Equal((13, 8), (summary.Count, summary.Reasons));
        Assert.Equal(
            [
                "4 HTTP 503: 1-3,7",
                "2 a redirect to another server is not followed: http://other.test/api/character/N: 20-21",
                "2 the record has id N, not N: 10,12",
                "1 HTTP 500: 5",
                "1 PostgreSQL rejected the row: bad (SQLSTATE 22P05): 41",
                "1 PostgreSQL rejected the row: bad (SQLSTATE 23502): 40",
                "1 connection reset (127.0.0.1:8080): 31",
                "1 no complete answer within 00:00:10: 30",
            ],
            summary.Groups.Select(group => $"{group.Count} {group.Reason}: {group.Ids}").OrderByDescending(line => line[0]).ThenBy(line => line, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_group_shows_a_bounded_number_of_ranges_and_when_it_failed_first_and_last()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Failed("HTTP 503", [.. Enumerable.Range(1, 30).Select(i => i * 2), 3]));
        await storage.ExecuteAsync("UPDATE ingestion.item_outcomes SET finished_at = timestamptz '2026-01-01Z' + item_id * interval '1 hour'");

        DeadLetterGroup group = Assert.Single((await SummarizeAsync(storage)).Groups);

        Assert.Equal(("2-4,6,8,10,12,14,16,18,20,22", true), (group.Ids.ToString(), group.HasMoreIds));
        Assert.Equal(new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.Zero), group.FirstAt);
        Assert.Equal(new DateTimeOffset(2026, 1, 3, 12, 0, 0, TimeSpan.Zero), group.LastAt);
    }

    [Fact]
    public async Task Of_many_reasons_the_most_frequent_are_shown_and_all_are_counted()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, [.. Enumerable.Range(1, 25).Select(id => Entries.Failed(id, $"reason {(char)('a' + id)}")), .. Failed("often", 100, 101)]);

        DeadLetterSummary summary = await SummarizeAsync(storage);

        Assert.Equal((27, 26, DeadLetterSummary.MaxGroups, "often"), (summary.Count, summary.Reasons, summary.Groups.Count, summary.Groups[0].Reason));
    }

    [Fact]
    public async Task A_character_that_failed_in_several_runs_counts_once_with_its_latest_reason()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid first = await storage.OpenRunAsync();
        await storage.WriteAsync(first, Failed("HTTP 503", 1, 2));
        Guid second = await storage.OpenRunAsync();
        await storage.WriteAsync(second, Failed("HTTP 500", 2, 3));

        DeadLetterSummary all = await SummarizeAsync(storage);
        DeadLetterSummary ofFirst = await SummarizeAsync(storage, new DeadLetterFilter { Run = first });

        Assert.Equal(["HTTP 500: 2-3", "HTTP 503: 1"], all.Groups.Select(group => $"{group.Reason}: {group.Ids}"));
        Assert.Equal(["HTTP 503: 1-2"], ofFirst.Groups.Select(group => $"{group.Reason}: {group.Ids}"));
    }

    [Theory]
    [InlineData("", "1,2,3,10,20,30")]
    [InlineData("reason=http 503", "1,2,3")]
    [InlineData("reason=id n, NOT N", "10")]
    [InlineData("reason=id 11", "10")]
    [InlineData("reason=50%", "30")]
    [InlineData("ids=2-10,30-2147483647", "2,3,10,30")]
    [InlineData("ids=4-9", "")]
    [InlineData("since=2026-01-01T10:00:00Z", "10,20,30")]
    [InlineData("until=2026-01-01T10:00:00Z", "1,2,3")]
    [InlineData("since=2026-01-01T03:00:00+01:00;until=2026-01-01T20:00:01Z;reason=http", "2,3,20")]
    [InlineData("run=first", "1,2,3,10,20,30")]
    [InlineData("run=another", "")]
    public async Task Filters_select_and_several_of_them_must_all_be_met(string filter, string expected)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(
            run,
            [.. Failed("HTTP 503", 1, 2, 3), Entries.Failed(10, "the record has id 11, not 10"), Entries.Failed(20, "HTTP 400"), Entries.Failed(30, "50% of it"), Entries.Found(4)]);
        await storage.ExecuteAsync("UPDATE ingestion.item_outcomes SET finished_at = timestamptz '2026-01-01Z' + item_id * interval '1 hour'");

        DeadLetterFilter wanted = Parse(filter, run);
        IReadOnlyList<ItemKey> ids = await storage.DeadLetterIds.ListAsync(wanted, after: null, limit: 100, Cancellation);

        Assert.Equal(expected, string.Join(',', ids));
        Assert.Equal(ids.Count, await storage.DeadLetterIds.CountAsync(wanted, Cancellation));
        Assert.Equal(ids.Count, (await SummarizeAsync(storage, wanted)).Count);
    }

    [Fact]
    public async Task IDs_are_listed_page_by_page()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Failed("HTTP 503", 9, 1, 7, int.MaxValue, 3));

        Assert.Equal([1, 3], await PageAsync(0));
        Assert.Equal([7, 9], await PageAsync(3));
        Assert.Equal([int.MaxValue], await PageAsync(9));
        Assert.Empty(await PageAsync(int.MaxValue));

        Task<IReadOnlyList<ItemKey>> PageAsync(int after) => storage.DeadLetterIds.ListAsync(DeadLetterFilter.All, after, limit: 2, Cancellation);
    }

    [Fact]
    public async Task A_redrive_resolves_with_the_outcome_and_history_is_kept()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Entries.Found(1));
        await storage.WriteAsync(await storage.OpenRunAsync(), Failed("HTTP 503", 1, 2, 3, 4, 5));
        await storage.WriteAsync(await storage.OpenRunAsync(), Failed("HTTP 500", 1));
        Guid redrive = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.RedriveAsync(redrive, Entries.Found(1), Entries.Found(2), Entries.NotFound(3), Entries.Failed(4, "again"));

        Assert.Equal([Outcome.Unchanged, Outcome.Ingested, Outcome.NotFound, Outcome.Failed], results.Select(result => result.Outcome));
        Assert.Equal("1 HTTP 500, 1 HTTP 503, 2 HTTP 503, 3 HTTP 503", await storage.QueryAsync<string>(
            $"SELECT string_agg(item_id || ' ' || error, ', ' ORDER BY item_id, error) FROM ingestion.outcomes WHERE outcome = 'Failed' AND resolved_by = '{redrive}'"));
        Assert.Equal(0, await storage.CountAsync($"outcomes AS old JOIN ingestion.outcomes AS new USING (item_id) WHERE new.run_id = '{redrive}' AND old.resolved_at <> new.finished_at"));
        Assert.Equal(["HTTP 503: 5", "again: 4"], (await SummarizeAsync(storage)).Groups.Select(group => $"{group.Reason}: {group.Ids}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_answer_an_item_failed_for_is_kept(bool isRedrive)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        OutcomeEntry[] entries = [Entries.Failed(1) with { Answer = """{ "status": 503, "headers": { "Retry-After": "5" }, "body": "sorry" }""" }, Entries.Failed(2), Entries.Found(3)];
        if (isRedrive)
            await storage.RedriveAsync(run, entries);
        else
            await storage.WriteAsync(run, entries);

        IReadOnlyList<DeadLetter> shown = await storage.DeadLetters.ShowAsync(DeadLetterFilter.All, limit: 10, Cancellation);

        Assert.Equal(["""{"body": "sorry", "status": 503, "headers": {"Retry-After": "5"}}""", null], shown.Select(letter => letter.Answer));
    }

    [Fact]
    public async Task An_outcome_that_was_stored_before_resolves_nothing()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid redrive = await storage.OpenRunAsync();
        await storage.RedriveAsync(redrive, Failed("HTTP 503", 1));

        CommittedOutcome[] results = await storage.RedriveAsync(redrive, Entries.Found(1));

        Assert.Equal(Outcome.Failed, results[0].Outcome);
        Assert.Equal(1, (await SummarizeAsync(storage)).Count);
    }

    [Theory]
    [InlineData(RunStatus.Finished)]
    [InlineData(RunStatus.Stopped)]
    public async Task Any_other_run_resolves_when_it_is_closed(RunStatus status)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        await storage.WriteAsync(await storage.OpenRunAsync(), Failed("HTTP 503", 1, 2, 3, 4));
        Guid run = await storage.OpenRunAsync();
        await storage.WriteAsync(run, Entries.Found(1), Entries.NotFound(2), Entries.Failed(3, "again"), Entries.Found(9));
        Guid later = await storage.OpenRunAsync();
        await storage.WriteAsync(later, Failed("later", 9));
        Assert.Equal(5, (await SummarizeAsync(storage)).Count);

        await storage.Runs.CloseAsync(run, status, Cancellation);
        await storage.Runs.CloseAsync(run, status, Cancellation);

        Assert.Equal(["HTTP 503: 4", "again: 3", "later: 9"], (await SummarizeAsync(storage)).Groups.Select(group => $"{group.Reason}: {group.Ids}").Order(StringComparer.Ordinal));
        Assert.Equal(2, await storage.CountAsync($"outcomes WHERE outcome = 'Failed' AND resolved_by = '{run}' AND resolved_at IS NOT NULL"));
    }

    private static Task<DeadLetterSummary> SummarizeAsync(StorageHarness storage, DeadLetterFilter? filter = null) =>
        storage.DeadLetters.SummarizeAsync(filter ?? DeadLetterFilter.All, Cancellation);

    private static OutcomeEntry[] Failed(string error, params int[] ids) => [.. ids.Select(id => Entries.Failed(id, error))];

    private static DeadLetterFilter Parse(string text, Guid run)
    {
        DeadLetterFilter filter = DeadLetterFilter.All;
        foreach (string part in text.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            (string key, string value) = (part.Split('=')[0], part.Split('=')[1]);
            filter = key switch
            {
                "reason" => filter with { Reason = value },
                "ids" => filter with { Ids = IdRanges.TryParse(value, out IdRanges? ids, out _) ? ids : null },
                "since" => filter with { Since = DateTimeOffset.Parse(value) },
                "until" => filter with { Until = DateTimeOffset.Parse(value) },
                _ => filter with { Run = value == "first" ? run : Guid.CreateVersion7() },
            };
        }

        return filter;
    }
}
