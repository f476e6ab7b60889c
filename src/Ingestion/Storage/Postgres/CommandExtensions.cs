using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>What is done with one command after the other. Each runs once.</summary>
internal static class CommandExtensions
{
    public static NpgsqlCommand With<T>(this NpgsqlCommand command, T value) => command.WithParameter(new NpgsqlParameter<T> { TypedValue = value });

    public static NpgsqlCommand WithParameter(this NpgsqlCommand command, NpgsqlParameter parameter)
    {
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>Runs it for the number of rows it changes.</summary>
    public static async Task<int> RunAsync(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
            return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    public static async Task<T> ReadOneAsync<T>(this NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
            return (T)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Runs it for all of its rows.</summary>
    public static async Task<List<T>> ReadAllAsync<T>(this NpgsqlCommand command, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        List<T> rows = [];
        await using (command)
        {
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                rows.Add(read(reader));
        }

        return rows;
    }
}
