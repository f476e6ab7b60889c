using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the failures that are not resolved: for a run it waits out an outage, for somebody who looks at the screen it does not.</summary>
internal sealed class PostgresDeadLetters(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, Resource resource, StorageHealth health, TimeProvider time, ILogger<PostgresDeadLetters> logger)
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

    public Task<IReadOnlyList<ItemKey>> ListAsync(DeadLetterFilter filter, ItemKey? after, int limit, CancellationToken cancellationToken) =>
        NewGuard().RunAsync<IReadOnlyList<ItemKey>>(async token =>
        {
            var ids = new List<ItemKey>();
            await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(token);
            await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, token);
            await using NpgsqlCommand command = Create(connection, DeadLetterQueries.List, filter, ItemKeys.Parameter(after ?? ItemKeys.Least(resource.HasTextKeys), resource.HasTextKeys), Number(limit));
            await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(token);
            while (await reader.ReadAsync(token))
                ids.Add(ItemKeys.Read(reader, 0, resource.HasTextKeys));
            return ids;
        }, cancellationToken);

    private async Task<DeadLetterSummary> ReadSummaryAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        var summary = new DeadLetterSummary(0, 0, []);
        var groups = new List<DeadLetterGroup>();
        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        await using NpgsqlCommand command = Create(connection, DeadLetterQueries.Summarize, filter, Number(DeadLetterGroup.MaxRanges), Number(DeadLetterSummary.MaxGroups));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            groups.Add(ReadGroup(reader));
            summary = new DeadLetterSummary(reader.GetInt64(6), reader.GetInt32(7), groups);
        }

        return summary;
    }

    private static DeadLetterGroup ReadGroup(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetInt64(1),
        string.Join(',', reader.GetFieldValue<string[]>(2)),
        reader.GetBoolean(3),
        reader.GetFieldValue<DateTimeOffset>(4),
        reader.GetFieldValue<DateTimeOffset>(5));

    private static NpgsqlParameter<int> Number(int number) => new() { TypedValue = number };

    private NpgsqlCommand Create(NpgsqlConnection connection, string query, DeadLetterFilter filter, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        if (filter.Ids is not null && resource.HasTextKeys)
            throw new IngestionConfigurationException($"the dead letters cannot be chosen by ranges of IDs: the IDs of {resource.Name} are text; choose them by run, reason or time");

        // However many failures there are, they are sorted once.
        NpgsqlCommand command = new(schema.In(DeadLetterQueries.For(query, resource.HasTextKeys), resource), connection) { CommandTimeout = 0 };
        DeadLetterQueries.AddFilter(command, filter);
        foreach (NpgsqlParameter parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }

    private OutageGuard NewGuard() => new(target, dataSource, health, time, logger);
}
