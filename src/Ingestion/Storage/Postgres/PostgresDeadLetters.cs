using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>Reads the failures that are not resolved, and discards them: for a run it waits until an outage is over, for somebody who looks at the screen it does not.</summary>
internal sealed class PostgresDeadLetters(
    NpgsqlDataSource dataSource, PostgresTarget target, SchemaName schema, Resource resource, OutageGuards outages, ILogger<PostgresDeadLetters> logger)
    : IDeadLetters, IDeadLetterIds
{
    private const string Count = $"SELECT count(*) FROM ({Matching}) AS failure";

    /// <summary>After the parameters of the filter: the ID to start behind, and how many.</summary>
    private const string List = $"SELECT item_id FROM ({Matching}) AS failure WHERE item_id > $7 ORDER BY item_id LIMIT $8";

    private const string Show = $"SELECT item_id, run_id, attempts, finished_at, error, answer::text FROM ({Matching}) AS failure ORDER BY item_id LIMIT $7";

    /// <summary>Every failure of the items, as a run that ingests one resolves them all. What a run resolves meanwhile stays the run's.</summary>
    private const string Discard =
        $"""
        WITH discarded AS (
          UPDATE ingestion.item_outcomes SET resolved_at = now(), note = $7
          WHERE outcome = 'Failed' AND resolved_at IS NULL AND item_id IN (SELECT item_id FROM ({Matching}) AS failure)
          RETURNING item_id)
        SELECT count(DISTINCT item_id) FROM discarded
        """;

    /// <summary>After the parameters of the filter: the most ranges of IDs, and the most groups. IDs that follow each other have the same distance to their row number: that makes a range.</summary>
    private const string Summarize =
        $"""
        SELECT
          reason, sum(ids)::bigint AS items, (array_agg(ids_text ORDER BY first_id))[1:$7] AS ids_texts,
          count(*) > $7 AS has_more, min(first_at) AS first_at, max(last_at) AS last_at,
          (sum(sum(ids)) OVER ())::bigint AS all_items, (count(*) OVER ())::integer AS reasons
        FROM (
          SELECT
            reason, min(item_id) AS first_id, concat_ws('-', min(item_id), nullif(max(item_id), min(item_id))) AS ids_text, count(*) AS ids, min(finished_at) AS first_at, max(finished_at) AS last_at
          FROM (SELECT *, NUMBER row_number() OVER (PARTITION BY reason ORDER BY item_id) AS range FROM ({Matching}) AS failure) AS numbered
          GROUP BY reason, range) AS ranges
        GROUP BY reason
        ORDER BY items DESC, reason
        LIMIT $8
        """;

    /// <summary>
    /// One row for each item, with its latest failure. Numbers that stand alone become N, so that items that failed alike have the same reason; the status
    /// of HTTP and that of SQL stay, they are the reason.
    /// </summary>
    private const string Matching =
        """
        SELECT item_id, reason, finished_at, run_id, attempts, error, answer
        FROM (
          SELECT DISTINCT ON (item_id)
            item_id, run_id, attempts, error, answer, finished_at, regexp_replace(error, '(?<=[ /])(?<!HTTP )(?<!SQLSTATE )[0-9]+(?![0-9A-Za-z.:])', 'N', 'g') AS reason
          FROM ingestion.item_outcomes
          WHERE outcome = 'Failed' AND resolved_at IS NULL AND ($1::uuid IS NULL OR run_id = $1)
          ORDER BY item_id, finished_at DESC) AS latest
        WHERE ($2::text IS NULL OR strpos(lower(error), lower($2)) > 0 OR strpos(lower(reason), lower($2)) > 0)
          AND ($3::timestamptz IS NULL OR finished_at >= $3)
          AND ($4::timestamptz IS NULL OR finished_at < $4)
          AND ($5::bigint[] IS NULL OR EXISTS (SELECT FROM unnest($5, $6::bigint[]) AS wanted (first_id, last_id) WHERE item_id BETWEEN (first_id::KEY_TYPE) AND (last_id::KEY_TYPE)))
        """;

    public Task<DeadLetterSummary> SummarizeAsync(DeadLetterFilter filter, CancellationToken cancellationToken) => ExplainAsync(async () =>
    {
        List<(DeadLetterGroup Group, long Count, int Reasons)> rows = await ReadAsync(
            Summarize, filter, [Number(DeadLetterGroup.MaxRanges), Number(DeadLetterSummary.MaxGroups)], reader => (ReadGroup(reader), reader.GetInt64(6), reader.GetInt32(7)), cancellationToken);
        return rows is [(_, var count, var reasons), ..] ? new DeadLetterSummary(count, reasons, [.. rows.Select(row => row.Group)]) : new DeadLetterSummary(0, 0, []);
    });

    public Task<IReadOnlyList<DeadLetter>> ShowAsync(DeadLetterFilter filter, int limit, CancellationToken cancellationToken) => ExplainAsync<IReadOnlyList<DeadLetter>>(async () => await ReadAsync(
        Show,
        filter,
        [Number(limit)],
        reader => new DeadLetter(ItemKeys.Read(reader, 0, resource.HasTextKeys), reader.GetGuid(1), reader.GetInt32(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetString(4), reader.IsDBNull(5) ? null : reader.GetString(5)),
        cancellationToken));

    public Task<long> DiscardAsync(DeadLetterFilter filter, string note, CancellationToken cancellationToken) =>
        ExplainAsync(async () => (await ReadAsync(Discard, filter, [new NpgsqlParameter<string> { TypedValue = note }], reader => reader.GetInt64(0), cancellationToken))[0]);

    public Task<long> CountAsync(DeadLetterFilter filter, CancellationToken cancellationToken) =>
        outages.New(logger).RunAsync(async token => (await ReadAsync(Count, filter, [], reader => reader.GetInt64(0), token))[0], cancellationToken);

    public Task<IReadOnlyList<ItemKey>> ListAsync(DeadLetterFilter filter, ItemKey? after, int limit, CancellationToken cancellationToken) =>
        outages.New(logger).RunAsync<IReadOnlyList<ItemKey>>(
            async token => await ReadAsync(List, filter, [ItemKeys.Parameter(after ?? ItemKeys.Least(resource.HasTextKeys), resource.HasTextKeys), Number(limit)], reader => ItemKeys.Read(reader, 0, resource.HasTextKeys), token),
            cancellationToken);

    private static DeadLetterGroup ReadGroup(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetInt64(1),
        string.Join(',', reader.GetFieldValue<string[]>(2)),
        reader.GetBoolean(3),
        reader.GetFieldValue<DateTimeOffset>(4),
        reader.GetFieldValue<DateTimeOffset>(5));

    private async Task<T> ExplainAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is not null)
        {
            throw PostgresProblem.Explain(exception, target, schema);
        }
    }

    private static NpgsqlParameter<int> Number(int number) => new() { TypedValue = number };

    /// <summary>The queries are planned with their parameters, so a condition that is null costs nothing. However many failures there are, they are sorted once.</summary>
    private async Task<List<T>> ReadAsync<T>(string query, DeadLetterFilter filter, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        if (filter.Ids is not null && resource.HasTextKeys)
            throw new IngestionConfigurationException($"the dead letters cannot be chosen by ranges of IDs: the IDs of {resource.Name} are text; choose them by run, reason or time");

        await using NpgsqlConnection connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using NpgsqlTransaction transaction = await Bookkeeping.BeginAsync(connection, cancellationToken);
        // Texts follow each other in no range, and each is separate.
        query = resource.HasTextKeys ? query.Replace("NUMBER ", "", StringComparison.Ordinal).Replace("bigint[]", "text[]", StringComparison.Ordinal) : query.Replace("NUMBER ", "item_id - ", StringComparison.Ordinal);
        query = schema.In(query, resource);
        await using NpgsqlCommand command = new NpgsqlCommand(query, connection) { CommandTimeout = 0 }
            .With(filter.Run).With(filter.Reason).With(filter.Since?.UtcDateTime).With(filter.Until?.UtcDateTime);
        if (resource.HasTextKeys)
            command.With(filter.Texts?.ToArray()).With(filter.Texts?.ToArray());
        else
            command.With(filter.Ids?.Ranges.Select(range => range.First).ToArray()).With(filter.Ids?.Ranges.Select(range => range.Last).ToArray());
        foreach (NpgsqlParameter parameter in parameters)
            command.Parameters.Add(parameter);
        List<T> rows = await command.ReadAllAsync(read, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows;
    }
}
