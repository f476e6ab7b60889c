using System.Collections.Concurrent;
using System.Diagnostics;
using Ingestion.Items;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Ingestion.Telemetry;

namespace Ingestion.IntegrationTests.Storage;

public sealed class CommitSpanTests(PostgresServer server)
{
    private static readonly ActivitySource Items = new("Ingestion.IntegrationTests.Items");

    [Fact]
    public async Task A_batch_is_a_span_of_its_first_item_with_links_to_the_others_and_one_query_below_it()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        using var recorder = new Recorder(run);
        Activity[] items = [.. Enumerable.Range(0, 150).Select(_ => Recorder.StartRoot(ActivityTraceFlags.Recorded))];

        await WriteInOneBatchAsync(storage, run, [.. items.Select((item, i) => Entries.Found(1_000 - i, trace: item))]);

        Activity batch = recorder.Commits.Single(span => Equals(span.GetTagItem(TagNames.BatchSize), 150));
        Assert.Equal(items[^1].SpanId, batch.ParentSpanId);
        Assert.Equal(items[^1].TraceId, batch.TraceId);
        Assert.Equal(items.Reverse().Skip(1).Take(128).Select(item => item.Context), batch.Links.Select(link => link.Context));
        Assert.Single(recorder.Queries, query => query.ParentSpanId == batch.SpanId);
    }

    [Fact]
    public async Task The_first_recorded_item_is_the_parent_even_if_others_come_before_it()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        Guid run = await storage.OpenRunAsync();
        using var recorder = new Recorder(run);
        Activity dropped = Recorder.StartRoot(ActivityTraceFlags.None);
        Activity kept = Recorder.StartRoot(ActivityTraceFlags.Recorded);

        await WriteInOneBatchAsync(storage, run, [Entries.Found(1, trace: dropped), Entries.NotFound(2), Entries.Found(3, trace: kept)]);

        Activity batch = recorder.Commits.Single(span => Equals(span.GetTagItem(TagNames.BatchSize), 3));
        Assert.Equal(kept.SpanId, batch.ParentSpanId);
        Assert.Empty(batch.Links);
    }

    [Fact]
    public async Task A_batch_without_recorded_items_makes_no_span_and_neither_does_the_driver()
    {
        await using var storage = new StorageHarness(await server.CreateDatabaseAsync());
        using var recorder = new Recorder(Guid.Empty);
        Activity dropped = Recorder.StartRoot(ActivityTraceFlags.None);
        Guid run = await storage.OpenRunAsync();

        await WriteInOneBatchAsync(storage, run, [Entries.Found(1, trace: dropped), Entries.Found(2)]);

        Assert.Empty(recorder.Commits);
        string database = await storage.QueryAsync<string>("SELECT current_database()::text");
        Assert.DoesNotContain(recorder.Queries, query => query.TraceId == dropped.TraceId
            || (Equals(query.GetTagItem("db.namespace"), database) && Equals(query.GetTagItem("db.query.text"), CommitStatement.Text)));
    }

    /// <summary>Holds the first batch up until the others are queued, so that they are one batch.</summary>
    private static async Task WriteInOneBatchAsync(StorageHarness storage, Guid run, OutcomeEntry[] entries)
    {
        await using IOutcomeWriter writer = storage.Runs.OpenWriter(run);
        Task<CommittedOutcome>[] writes;
        await using (var holder = await storage.ConnectAsync())
        await using (var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken))
        {
            await using (var command = new Npgsql.NpgsqlCommand("LOCK TABLE ingestion.item_outcomes", holder))
                await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            Task first = writer.WriteAsync(Entries.NotFound(999_999) with { Trace = entries[0].Trace });
            while (await storage.QueryAsync<long>("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0)
                Assert.False(first.IsCompleted);
            writes = [.. entries.Select(writer.WriteAsync)];
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        Assert.All(await Task.WhenAll(writes), result => Assert.NotEqual(Outcome.Failed, result.Outcome));
    }

    /// <summary>Records the spans of one run; tests run side by side, so those of Npgsql are picked by their parents.</summary>
    private sealed class Recorder : IDisposable
    {
        private readonly ConcurrentQueue<Activity> _spans = new();
        private readonly ActivityListener _listener;
        private readonly string _runId;

        public Recorder(Guid runId)
        {
            _runId = runId.ToString();
            _listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name is "Npgsql" or IngestionActivity.SourceName || source == Items,
                Sample = (ref options) => options.Parent.TraceId != default && !options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
                    ? ActivitySamplingResult.PropagationData
                    : ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _spans.Enqueue,
            };
            ActivitySource.AddActivityListener(_listener);
        }

        public IEnumerable<Activity> Commits => _spans.Where(span => span.OperationName == IngestionActivity.CommitBatch && Equals(span.GetTagItem(TagNames.RunId), _runId));

        public IEnumerable<Activity> Queries => _spans.Where(span => span.Source.Name == "Npgsql");

        public static Activity StartRoot(ActivityTraceFlags flags)
        {
            var root = new Activity("persist") { ActivityTraceFlags = flags };
            root.Start();
            Activity.Current = null;
            return root;
        }

        public void Dispose() => _listener.Dispose();
    }
}
