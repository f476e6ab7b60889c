using System.Security.Cryptography;
using System.Text.Json;
using IngestionBenchmarks.Alternatives;
using Npgsql;
using NpgsqlTypes;

namespace IngestionBenchmarks.Ceilings;

/// <summary>
/// PostgreSQL alone: the rows that the worker writes, characters and outcomes, fed by binary COPY into the same tables over one connection, a
/// transaction for each batch. They are fetched and parsed before the clock starts. It asks for no answer and looks for no row that is there already.
/// </summary>
internal sealed class DatabaseAlone(Uri upstream, string connectionString, int batchSize) : IBenchmark
{
    private const string CopyCharacters = """
        COPY ingestion.characters (id, raw, content_hash, sanitized, fetched_at, fingerprint_iterations, ingested_at, changed_at, run_id) FROM STDIN (FORMAT binary)
        """;

    private const string CopyOutcomes = "COPY ingestion.commit_outcomes (run_id, first_item, finished_at, ingested) FROM STDIN (FORMAT binary)";

    private readonly Guid _runId = Guid.CreateVersion7();
    private readonly List<(PlainCharacter Character, byte[] Raw, byte[] Hash)> _rows = [];

    public async Task PrepareAsync(int count)
    {
        await foreach (byte[] raw in Records.FetchAsync(upstream, count))
            _rows.Add((JsonSerializer.Deserialize(raw, PlainJsonContext.Default.PlainCharacter)!, raw, SHA256.HashData(raw)));
    }

    public async Task RunAsync(int count)
    {
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);
        await using NpgsqlConnection connection = await database.OpenConnectionAsync();
        for (int first = 0; first < _rows.Count; first += batchSize)
        {
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync();
            int next = Math.Min(first + batchSize, _rows.Count);
            await CopyCharactersAsync(connection, first, next);
            await CopyOutcomesAsync(connection, first, next);
            await transaction.CommitAsync();
        }
    }

    private async Task CopyCharactersAsync(NpgsqlConnection connection, int first, int next)
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(CopyCharacters);
        for (int i = first; i < next; i++)
        {
            (PlainCharacter character, byte[] raw, byte[] hash) = _rows[i];
            await copy.StartRowAsync();
            await copy.WriteAsync((long)character.Id);
            await copy.WriteAsync(raw, NpgsqlDbType.Jsonb);
            await copy.WriteAsync(hash);
            await copy.WriteAsync(false);
            await copy.WriteAsync(now);
            await copy.WriteAsync(0);
            await copy.WriteAsync(now);
            await copy.WriteAsync(now);
            await copy.WriteAsync(_runId);
        }

        await copy.CompleteAsync();
    }

    private async Task CopyOutcomesAsync(NpgsqlConnection connection, int first, int next)
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        await using NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(CopyOutcomes);
        long[] ids = [.. _rows[first..next].Select(row => (long)row.Character.Id)];
        await copy.StartRowAsync();
        await copy.WriteAsync(_runId);
        await copy.WriteAsync(ids[0]);
        await copy.WriteAsync(now);
        await copy.WriteAsync(ids);
        await copy.CompleteAsync();
    }
}
