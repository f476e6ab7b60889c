using Ingestion.Items;
using Ingestion.Storage;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>A row PostgreSQL cannot store fails alone; the rest of its batch commits.</summary>
public sealed class RejectedRowTests(PostgresServer server)
{
    [Theory]
    [InlineData("""{"name":"a\u0000b"}""", null, "22P05")]
    [InlineData("""{"name":""", null, "22P02")]
    [InlineData("""{"name":"Rick"}""", "a\0b", "22021")]
    [InlineData("""{"name":"Rick"}""", "lone surrogate <D800>", "Unicode")]
    [InlineData("""{"created":"yesterday"}""", null, "not an ISO 8601 time: \"yesterday\" (SQLSTATE 22007)")]
    [InlineData("""{"created":"2017-02-30T00:00:00Z"}""", null, "SQLSTATE 22008")]
    [InlineData("""{"created":"infinity"}""", null, "SQLSTATE 22007")]
    [InlineData("""{"created":[2017]}""", null, "SQLSTATE 22007")]
    [InlineData("""{"episode":["https://example.test/episode/1x"]}""", null, "1x")]
    [InlineData("""{"episode":["https://example.test/episode/"]}""", null, "SQLSTATE 22P02")]
    [InlineData("""{"episode":{"first":1}}""", null, "SQLSTATE 22023")]
    public async Task A_row_that_PostgreSQL_rejects_fails_alone(string raw, string? entityTag, string reason)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        OutcomeEntry[] entries = Entries.FoundRange(1, 100);
        entries[41] = Entries.Found(42, raw: raw, entityTag: entityTag?.Replace("<D800>", "\ud800", StringComparison.Ordinal));

        CommittedOutcome[] results = await storage.WriteAsync(run, entries);

        Assert.Equal(Outcome.Failed, results[41].Outcome);
        Assert.StartsWith("PostgreSQL rejected the row: ", results[41].Error, StringComparison.Ordinal);
        Assert.Contains(reason, results[41].Error, StringComparison.Ordinal);
        Assert.Equal(99, results.Count(result => result.Outcome == Outcome.Ingested));
        Assert.Equal(99, await storage.CountAsync("characters"));
        Assert.Equal(1, await storage.CountAsync("outcomes WHERE outcome = 'Failed' AND item_id = 42 AND error LIKE 'PostgreSQL rejected the row: %'"));
        Assert.Null(storage.Health.Problem);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(100, 100)]
    [InlineData(100, 1, 2, 50, 51, 99, 100)]
    [InlineData(1, 1)]
    [InlineData(3, 1, 2, 3)]
    public async Task Rows_that_PostgreSQL_rejects_fail_alone_wherever_and_however_many_they_are(int count, params int[] rejected)
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(
            run, Enumerable.Range(1, count).Select(id => rejected.Contains(id) ? Entries.Found(id, raw: """{"name":"a\u0000b"}""") : Entries.Found(id)));

        Assert.Equal(rejected, Enumerable.Range(1, count).Where(id => results[id - 1].Outcome == Outcome.Failed));
        Assert.Equal(count - rejected.Length, results.Count(result => result.Outcome == Outcome.Ingested));
        Assert.Equal(count - rejected.Length, await storage.CountAsync("characters"));
        Assert.Equal(rejected.Length, await storage.CountAsync("outcomes WHERE outcome = 'Failed'"));
    }

    [Fact]
    public async Task A_failure_whose_reason_cannot_be_stored_is_stored_with_another_reason()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();

        CommittedOutcome[] results = await storage.WriteAsync(run, Entries.Failed(1, "zero \0 byte"));

        Assert.Equal(Outcome.Failed, results[0].Outcome);
        Assert.Equal(1, await storage.CountAsync("outcomes WHERE error LIKE 'PostgreSQL rejected%'"));
    }
}
