using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace IngestionBenchmarks;

/// <summary>
/// The way one would write it in an afternoon: a parallel loop, an HTTP client, one INSERT per character. No traces, no outcomes, no retries.
/// It writes the same columns of the same table as the worker.
/// </summary>
internal sealed class PlainIngestion(Uri upstream, string connectionString)
{
    private const int DegreeOfParallelism = 64;

    private const string Upsert = """
        INSERT INTO ingestion.characters (
          id, name, status, species, type, gender, origin_name, origin_url, location_name, location_url, image,
          episode_ids, url, created, raw, content_hash, sanitized, ingested_at, changed_at, run_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, false, now(), now(), $17)
        ON CONFLICT (id) DO UPDATE SET
          name = excluded.name, status = excluded.status, species = excluded.species, type = excluded.type, gender = excluded.gender,
          origin_name = excluded.origin_name, origin_url = excluded.origin_url, location_name = excluded.location_name,
          location_url = excluded.location_url, image = excluded.image, episode_ids = excluded.episode_ids, url = excluded.url,
          created = excluded.created, raw = excluded.raw, content_hash = excluded.content_hash, changed_at = excluded.changed_at,
          run_id = excluded.run_id
        """;

    private readonly Guid _runId = Guid.CreateVersion7();

    /// <summary>Ingests the characters 1 to <paramref name="count"/>.</summary>
    /// <returns>How long that took, without the start of the process.</returns>
    public async Task<TimeSpan> RunAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = upstream };
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);
        var options = new ParallelOptions { MaxDegreeOfParallelism = DegreeOfParallelism };

        long start = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(Enumerable.Range(1, count), options, async (id, cancellationToken) =>
        {
            PlainCharacter character = await client.GetFromJsonAsync<PlainCharacter>($"character/{id}", JsonSerializerOptions.Web, cancellationToken)
                ?? throw new JsonException($"character {id} is null");
            await StoreAsync(database, character, cancellationToken);
        });
        return TimeProvider.System.GetElapsedTime(start);
    }

    private async Task StoreAsync(NpgsqlDataSource database, PlainCharacter character, CancellationToken cancellationToken)
    {
        byte[] raw = JsonSerializer.SerializeToUtf8Bytes(character, JsonSerializerOptions.Web);
        await using NpgsqlCommand command = database.CreateCommand(Upsert);
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = character.Id },
            new() { Value = character.Name },
            new() { Value = character.Status },
            new() { Value = character.Species },
            new() { Value = character.Type },
            new() { Value = character.Gender },
            new() { Value = character.Origin.Name },
            new() { Value = character.Origin.Url },
            new() { Value = character.Location.Name },
            new() { Value = character.Location.Url },
            new() { Value = character.Image },
            new() { Value = character.EpisodeIds() },
            new() { Value = character.Url },
            new() { Value = character.Created },
            new() { Value = raw, NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = SHA256.HashData(raw) },
            new() { Value = _runId },
        });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
