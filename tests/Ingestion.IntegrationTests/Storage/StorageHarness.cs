using System.Diagnostics.Metrics;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Storage;
using Ingestion.Storage.Postgres;
using Ingestion.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>The storage as a worker process would have it, over one database, with a connection of its own to look behind it.</summary>
internal sealed class StorageHarness : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly NpgsqlDataSource _observer;

    public StorageHarness(string connectionString, Action<StorageOptions>? configure = null, string? observerConnectionString = null, int fingerprintIterations = 0, Resource? resource = null)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { [StorageOptions.ConnectionStringKey] = connectionString })
            .Build();
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Log))
            .AddMetrics()
            .AddSingleton<IngestionMetrics>()
            .AddSingleton(TimeProvider.System)
            .AddSingleton(resource ?? Resources.Character)
            .Configure<StorageOptions>(options => configure?.Invoke(options))
            .Configure<TransformOptions>(options => options.FingerprintIterations = fingerprintIterations)
            .AddPostgresStorage(configuration)
            .BuildServiceProvider();
        ConnectionString = connectionString;
        _observer = NpgsqlDataSource.Create(observerConnectionString ?? connectionString);
    }

    public LogCollector Log { get; } = new();

    public string ConnectionString { get; }

    public PostgresColumnValues ColumnValues => _services.GetRequiredService<PostgresColumnValues>();

    public ISchema Schema => _services.GetRequiredService<ISchema>();

    public IRunStore Runs => _services.GetRequiredService<IRunStore>();

    public IRunHistory History => _services.GetRequiredService<IRunHistory>();

    public IRetention Retention => _services.GetRequiredService<IRetention>();

    public IScratchSchemas Scratch => _services.GetRequiredService<IScratchSchemas>();

    public IDeadLetters DeadLetters => _services.GetRequiredService<IDeadLetters>();

    public IDeadLetterIds DeadLetterIds => _services.GetRequiredService<IDeadLetterIds>();

    public IKeyQuery KeyQuery => _services.GetRequiredService<IKeyQuery>();

    public StorageHealth Health => _services.GetRequiredService<StorageHealth>();

    public IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    public const string Api = "https://api.example/v1/";

    public static RunStart Start(string source = "ids:1-10", bool resume = false, string upstream = Api, string path = "character/{id}") => new(source, path, upstream, "Async", 16, 10, resume);

    /// <summary>Creates the schema and opens a run.</summary>
    public async Task<Guid> OpenRunAsync(string source = "ids:1-10")
    {
        await Schema.EnsureReadyAsync(TestContext.Current.CancellationToken);
        return (await Runs.OpenAsync(Start(source), TestContext.Current.CancellationToken)).Id;
    }

    /// <summary>Writes the entries through a writer of their own and returns their results in order.</summary>
    public Task<CommittedOutcome[]> WriteAsync(Guid runId, params IEnumerable<OutcomeEntry> entries) => WriteAsync(runId, isRedrive: false, entries);

    /// <summary>As a redrive would write them.</summary>
    public Task<CommittedOutcome[]> RedriveAsync(Guid runId, params IEnumerable<OutcomeEntry> entries) => WriteAsync(runId, isRedrive: true, entries);

    /// <summary>As a run over IDs would write them.</summary>
    public async Task<CommittedOutcome[]> WriteAscendingAsync(Guid runId, params IEnumerable<OutcomeEntry> entries)
    {
        await using IOutcomeWriter writer = Runs.OpenWriter(runId, isAscending: true);
        return await Task.WhenAll(entries.Select(writer.WriteAsync));
    }

    /// <summary>As a run over a shared source would write them.</summary>
    public async Task<CommittedOutcome[]> WriteSharedAsync(Guid runId, params IEnumerable<OutcomeEntry> entries)
    {
        await using IOutcomeWriter writer = Runs.OpenWriter(runId, isShared: true);
        return await Task.WhenAll(entries.Select(writer.WriteAsync));
    }

    /// <summary>The entity tags of those items that have one.</summary>
    public async Task<Dictionary<ItemKey, string>> FindTagsAsync(params IEnumerable<ItemKey> keys)
    {
        ItemKey[] asked = [.. keys];
        KnownItem[] known = await Runs.FindKnownAsync([.. asked.Select(key => (key, (Guid?)null))], withTags: true, TestContext.Current.CancellationToken);
        return asked.Zip(known).Where(pair => pair.Second.EntityTag is not null).ToDictionary(pair => pair.First, pair => pair.Second.EntityTag!);
    }

    /// <summary>The outcomes of those items that have one in the run or job.</summary>
    public async Task<Dictionary<ItemKey, CommittedOutcome>> FindDoneAsync(Guid run, params IEnumerable<ItemKey> keys)
    {
        ItemKey[] asked = [.. keys];
        KnownItem[] known = await Runs.FindKnownAsync([.. asked.Select(key => (key, (Guid?)run))], withTags: false, TestContext.Current.CancellationToken);
        return asked.Zip(known).Where(pair => pair.Second.Done is not null).ToDictionary(pair => pair.First, pair => pair.Second.Done!.Value);
    }

    public async Task<NpgsqlConnection> ConnectAsync() => await _observer.OpenConnectionAsync(TestContext.Current.CancellationToken);

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using NpgsqlCommand command = _observer.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = _observer.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Asks the database until it says yes, for half a minute.</summary>
    public async Task WaitUntilAsync(string condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await QueryAsync<bool>($"SELECT ({condition}) FROM pg_sleep(0.01)"))
            Assert.False(patience.IsCancellationRequested, condition);
    }

    public Task<long> CountAsync(string tableAndCondition) => QueryAsync<long>("SELECT count(*) FROM ingestion." + tableAndCondition);

    private async Task<CommittedOutcome[]> WriteAsync(Guid runId, bool isRedrive, IEnumerable<OutcomeEntry> entries)
    {
        await using IOutcomeWriter writer = Runs.OpenWriter(runId, isRedrive);
        return await Task.WhenAll(entries.Select(writer.WriteAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _observer.DisposeAsync();
    }
}
