using Ingestion.Items;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the failures that are not resolved: for a run it waits out an outage, for somebody who looks at the screen it does not.</summary>
internal sealed class PostgresDeadLetters(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, StorageHealth health, TimeProvider time, ILogger<PostgresDeadLetters> logger)
    : IDeadLetters, IDeadLetterIds
{
    public async Task<DeadLetterSummary> SummarizeAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadSummaryAsync(filter, cancellationToken);
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
        {
            throw PostgresProblem.Explain(exception, target, schema);
        }
    }

    public Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken) => NewGuard().RunAsync(async token =>
    {
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, token);
        await using NpgsqlCommand command = Create(connection, DeadLetterQueries.Count, filter);
        return (long)(await command.ExecuteScalarAsync(token))!;
    }, cancellationToken);

    public Task<IReadOnlyList<int>> ListAsync(DeadLetterFilter filter, int after, int limit, CancellationToken cancellationToken) =>
        NewGuard().RunAsync<IReadOnlyList<int>>(async token =>
        {
            var ids = new List<int>();
            await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
            await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, token);
            await using NpgsqlCommand command = Create(connection, DeadLetterQueries.List, filter, after, limit);
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
                ids.Add(reader.GetInt32(0));
            return ids;
        }, cancellationToken);

    private async Task<DeadLetterSummary> ReadSummaryAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var summary = new DeadLetterSummary(0, 0, []);
        var groups = new List<DeadLetterGroup>();
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using NpgsqlCommand command = Create(connection, DeadLetterQueries.Summarize, filter, DeadLetterGroup.MaxRanges, DeadLetterSummary.MaxGroups);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            groups.Add(ReadGroup(reader));
            summary = new DeadLetterSummary(reader.GetInt64(7), reader.GetInt32(8), groups);
        }

        return summary;
    }

    private static DeadLetterGroup ReadGroup(NpgsqlDataReader reader)
    {
        int[] last = reader.GetFieldValue<int[]>(3);
        return new DeadLetterGroup(
            reader.GetString(0),
            reader.GetInt64(1),
            new IdRanges(reader.GetFieldValue<int[]>(2).Select((first, i) => new IdRange(first, last[i]))),
            reader.GetBoolean(4),
            reader.GetFieldValue<DateTimeOffset>(5),
            reader.GetFieldValue<DateTimeOffset>(6));
    }

    private NpgsqlCommand Create(NpgsqlConnection connection, string query, DeadLetterFilter filter, params ReadOnlySpan<int> numbers)
    {
        // However many failures there are, they are sorted once.
        NpgsqlCommand command = new(schema.In(query), connection) { CommandTimeout = 0 };
        DeadLetterQueries.AddFilter(command, filter);
        foreach (int number in numbers)
            command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = number });
        return command;
    }

    private OutageGuard NewGuard() => new(target, dataSource, health, time, logger);
}
