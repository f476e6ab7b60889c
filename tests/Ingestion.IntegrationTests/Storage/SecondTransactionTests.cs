using Ingestion.Items;
using Ingestion.Storage;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>When much is waiting although a transaction is under way, a second one takes it, and leaves whatever it cannot commit to the first.</summary>
public sealed class SecondTransactionTests(PostgresServer server)
{
    private const int Much = 300;

    [Fact]
    public async Task Much_that_waits_does_not_wait_for_the_transaction_under_way()
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync());
        Task<CommittedOutcome> held = await scene.WriteHeldAsync();

        CommittedOutcome[] results = await Task.WhenAll(Entries.FoundRange(2, Much).Select(scene.Writer.WriteAsync)).WaitAsync(Scene.Patience, TestContext.Current.CancellationToken);

        Assert.All(results, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.False(held.IsCompleted);
        await scene.ReleaseAsync();
        await held;
        Assert.Equal(Much + 1, await scene.Storage.CountAsync("outcomes"));
    }

    [Theory]
    [InlineData(2, 400)]
    [InlineData(8, 100)]
    public async Task Little_waits_and_so_does_everything_when_the_pool_is_too_small(int poolSize, int count)
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync() + $";Maximum Pool Size={poolSize}");
        await scene.WriteHeldAsync();

        Task<CommittedOutcome[]> writes = Task.WhenAll(Entries.FoundRange(2, count).Select(scene.Writer.WriteAsync));
        Assert.Equal(1, await scene.Storage.QueryAsync<long>(
            "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.2) WHERE datname = current_database() AND application_name = 'ingestion-worker' AND state = 'active'"));

        Assert.False(writes.IsCompleted);
        await scene.ReleaseAsync();
        await writes;
        Assert.Equal(count + 1, await scene.Storage.CountAsync("outcomes"));
    }

    [Fact]
    public async Task A_row_that_the_second_cannot_store_fails_alone_in_the_first()
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync());
        await scene.WriteHeldAsync();
        OutcomeEntry[] entries = Entries.FoundRange(2, Much);
        entries[42] = Entries.Found(44, raw: """{"name":"a\u0000b"}""");

        Task<CommittedOutcome[]> writes = Task.WhenAll(entries.Select(scene.Writer.WriteAsync));
        // The statement of the second failed; its session is idle again.
        await scene.Storage.WaitUntilAsync("SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'ingestion-worker' AND state = 'idle' AND query LIKE 'WITH owner%' AND datname = current_database()");
        Assert.False(writes.IsCompleted);
        await scene.ReleaseAsync();
        CommittedOutcome[] results = await writes;

        Assert.Equal(Outcome.Failed, results[42].Outcome);
        Assert.Equal(Much - 1, results.Count(result => result.Outcome == Outcome.Ingested));
    }

    [Fact]
    public async Task What_a_connection_that_broke_had_is_stored_by_the_first()
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync());
        await scene.WriteHeldAsync();
        // The second transaction meets the lock as well.
        Task<CommittedOutcome[]> writes = Task.WhenAll(Entries.FoundRange(2, Much).Append(Entries.NotFound(Scene.HeldToo)).Select(scene.Writer.WriteAsync));
        await scene.WaitForHeldAsync(2);

        await scene.Storage.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' ORDER BY query_start DESC LIMIT 1");
        await scene.WaitForHeldAsync(1);
        Assert.False(writes.IsCompleted);
        await scene.ReleaseAsync();
        await writes;

        Assert.Equal(Much + 2, await scene.Storage.CountAsync("outcomes"));
        Assert.Equal(Much + 1, await scene.Storage.CountAsync("characters"));
        Assert.Null(scene.Storage.Health.Problem);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(250)]
    public async Task What_came_last_for_a_character_is_stored_and_everybody_has_an_answer(int id)
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync(), options => options.MaxBatchSize = 256);
        await scene.WriteHeldAsync();
        // The second transaction has two entries for the character, and meets the lock as well.
        List<Task<CommittedOutcome>> writes = [.. new[] { Entries.NotFound(Scene.HeldToo), Entries.Found(id, "Old"), Entries.Found(id, "Older") }.Concat(Entries.FoundRange(2, Much)).Select(scene.Writer.WriteAsync)];
        await scene.WaitForHeldAsync(2);

        // What it had goes behind one that came later.
        writes.Add(scene.Writer.WriteAsync(Entries.Found(id, "New")));
        await scene.Storage.ExecuteAsync(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory' ORDER BY query_start DESC LIMIT 1");
        await scene.WaitForHeldAsync(1);
        await scene.ReleaseAsync();

        CommittedOutcome[] results = await Task.WhenAll(writes).WaitAsync(Scene.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(Outcome.NotFound, results[0].Outcome);
        Assert.All(results[1..], result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal("New", await scene.Storage.QueryAsync<string>($"SELECT name FROM ingestion.characters WHERE id = {id}"));
    }

    [Fact]
    public async Task Entries_that_wait_for_their_turn_are_committed_at_the_end_too()
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync());
        await scene.WriteHeldAsync();
        Task<CommittedOutcome[]> writes = Task.WhenAll(Enumerable.Range(1, 5).Select(i => scene.Writer.WriteAsync(Entries.Found(1 + (i % 2), $"Name {i}"))));

        Task disposal = scene.Writer.DisposeAsync().AsTask();
        await scene.ReleaseAsync();
        await disposal;

        Assert.All(await writes, result => Assert.Equal(Outcome.Ingested, result.Outcome));
        Assert.Equal("Name 4, Name 5", await scene.Storage.QueryAsync<string>("SELECT string_agg(name, ', ' ORDER BY id) FROM ingestion.characters"));
    }

    [Fact]
    public async Task Disposing_commits_what_both_have()
    {
        await using Scene scene = await Scene.SetAsync(await server.CreateDatabaseAsync());
        Task<CommittedOutcome> held = await scene.WriteHeldAsync();
        Task<CommittedOutcome[]> writes = Task.WhenAll(Entries.FoundRange(2, Much).Append(Entries.NotFound(Scene.HeldToo)).Select(scene.Writer.WriteAsync));
        await scene.WaitForHeldAsync(2);

        Task disposal = scene.Writer.DisposeAsync().AsTask();
        await scene.ReleaseAsync();
        await disposal;

        await held;
        await writes;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => scene.Writer.WriteAsync(Entries.Found(999)));
        Assert.Equal(Much + 2, await scene.Storage.CountAsync("outcomes"));
    }

    /// <summary>A database whose transactions wait for a lock before they commit the outcome of certain characters, and a writer.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

        public const int HeldToo = 10_000;

        private const int Held = 1;

        private readonly NpgsqlConnection _holder;

        private Scene(StorageHarness storage, IOutcomeWriter writer, NpgsqlConnection holder)
        {
            Storage = storage;
            Writer = writer;
            _holder = holder;
        }

        public StorageHarness Storage { get; }

        public IOutcomeWriter Writer { get; }

        public static async Task<Scene> SetAsync(string connectionString, Action<StorageOptions>? configure = null)
        {
            var storage = new StorageHarness(connectionString, configure);
            Guid run = await storage.OpenRunAsync();
            await storage.ExecuteAsync(
                $"""
                CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END';
                CREATE CONSTRAINT TRIGGER late AFTER INSERT ON ingestion.item_outcomes DEFERRABLE INITIALLY DEFERRED
                  FOR EACH ROW WHEN (NEW.item_id IN ({Held}, {HeldToo})) EXECUTE FUNCTION wait();
                """);
            var scene = new Scene(storage, storage.Runs.OpenWriter(run), await storage.ConnectAsync());
            await scene.ExecuteAsync("SELECT pg_advisory_lock(4711)");
            return scene;
        }

        /// <summary>Writes an entry whose transaction waits until <see cref="ReleaseAsync"/>.</summary>
        public async Task<Task<CommittedOutcome>> WriteHeldAsync()
        {
            Task<CommittedOutcome> held = Writer.WriteAsync(Entries.Found(Held));
            await WaitForHeldAsync(1);
            return held;
        }

        public Task WaitForHeldAsync(int count) =>
            Storage.WaitUntilAsync($"SELECT count(*) = {count} FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'");

        public Task ReleaseAsync() => ExecuteAsync("SELECT pg_advisory_unlock(4711)");

        public async ValueTask DisposeAsync()
        {
            await _holder.DisposeAsync();
            await Writer.DisposeAsync();
            await Storage.DisposeAsync();
        }

        private async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, _holder);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }
}
