using System.Text.Json;
using Npgsql;

namespace IngestionBenchmarks.Alternatives;

/// <summary>
/// The way one would write it in an afternoon: a parallel loop, an HTTP client, one INSERT per character. No traces, no outcomes, no retries.
/// It writes the same columns of the same table as the worker.
/// </summary>
internal sealed class PlainIngestion(Uri upstream, string connectionString) : IBenchmark
{
    private readonly Guid _runId = Guid.CreateVersion7();

    public async Task RunAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = upstream };
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);
        var options = new ParallelOptions { MaxDegreeOfParallelism = IBenchmark.DegreeOfParallelism };

        await Parallel.ForEachAsync(Enumerable.Range(1, count), options, async (id, cancellationToken) =>
        {
            byte[] raw = await client.GetByteArrayAsync($"character/{id}", cancellationToken);
            PlainCharacter character = JsonSerializer.Deserialize(raw, PlainJsonContext.Default.PlainCharacter)
                ?? throw new JsonException($"character {id} is null");
            await using NpgsqlCommand command = database.CreateCommand(CharacterUpsert.Text);
            command.Parameters.AddRange(CharacterUpsert.Parameters(character, raw, _runId));
            await command.ExecuteNonQueryAsync(cancellationToken);
        });
    }
}
