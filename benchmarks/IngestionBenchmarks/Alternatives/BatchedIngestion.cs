using System.Text.Json;
using System.Threading.Channels;
using Npgsql;

namespace IngestionBenchmarks.Alternatives;

/// <summary>
/// What one would write next, when one INSERT per character proves slow: the same loop, and behind a channel one writer that sends the INSERTs
/// of whatever is waiting as one batch, which is one transaction.
/// </summary>
internal sealed class BatchedIngestion(Uri upstream, string connectionString) : IBenchmark
{
    private const int MaxBatch = 500;

    private readonly Guid _runId = Guid.CreateVersion7();

    public async Task RunAsync(int count)
    {
        using var client = new HttpClient { BaseAddress = upstream };
        await using NpgsqlDataSource database = NpgsqlDataSource.Create(connectionString);

        // Capacity: the batch after the one that is being written. Full mode: the loop waits. Writers: the loop. Reader: the writer.
        var rows = Channel.CreateBounded<NpgsqlParameter[]>(new BoundedChannelOptions(MaxBatch) { SingleReader = true });
        Task writing = WriteAsync(database, rows.Reader);
        var options = new ParallelOptions { MaxDegreeOfParallelism = IBenchmark.DegreeOfParallelism };
        await Parallel.ForEachAsync(Enumerable.Range(1, count), options, async (id, cancellationToken) =>
        {
            byte[] raw = await client.GetByteArrayAsync($"character/{id}", cancellationToken);
            PlainCharacter character = JsonSerializer.Deserialize(raw, PlainJsonContext.Default.PlainCharacter)
                ?? throw new JsonException($"character {id} is null");
            await rows.Writer.WriteAsync(CharacterUpsert.Parameters(character, raw, _runId), cancellationToken);
        });
        rows.Writer.Complete();
        await writing;
    }

    private static async Task WriteAsync(NpgsqlDataSource database, ChannelReader<NpgsqlParameter[]> rows)
    {
        while (await rows.WaitToReadAsync())
        {
            await using NpgsqlBatch batch = database.CreateBatch();
            while (batch.BatchCommands.Count < MaxBatch && rows.TryRead(out NpgsqlParameter[]? row))
            {
                var insert = new NpgsqlBatchCommand(CharacterUpsert.Text);
                insert.Parameters.AddRange(row);
                batch.BatchCommands.Add(insert);
            }

            await batch.ExecuteNonQueryAsync();
        }
    }
}
