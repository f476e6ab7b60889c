using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>What is asked of items: how they ended in a run, and what they may be asked for with.</summary>
internal sealed class KnownItemRows(SchemaName schema, Resource resource)
{
    private const string AnyStored = "SELECT EXISTS (SELECT FROM ingestion.records)";

    private const string DoneOfEach =
        "LEFT JOIN LATERAL (SELECT outcome, error FROM ingestion.item_outcomes AS stored WHERE stored.run_id = item.run_id AND item_id = item.id OFFSET 0) AS own ON true";

    /// <summary>All items of a range ($4 to $5) of a run ($7) at once, at a third of the cost: a run that is resumed mostly meets what is done.</summary>
    private const string DoneInRange =
        "LEFT JOIN (SELECT item_id, outcome, error FROM ingestion.item_outcomes WHERE run_id = $7 AND item_id BETWEEN $4 AND $5 OFFSET 0) AS own ON own.item_id = item.id";

    /// <summary>What is in the rows of commits, of which the first may begin before the range ($6). A run that has any has few items in the range beside those that are asked for.</summary>
    private const string DoneByCommits =
        """
        LEFT JOIN (
          SELECT done.item_id, done.outcome
          FROM ingestion.commit_outcomes
          CROSS JOIN LATERAL (
            SELECT unnest(ingested), 'Ingested' UNION ALL SELECT unnest(unchanged), 'Unchanged' UNION ALL SELECT unnest(not_found), 'NotFound') AS done (item_id, outcome)
          WHERE run_id = $7 AND first_item BETWEEN $6 AND $5 AND done.item_id BETWEEN $4 AND $5 OFFSET 0) AS grouped ON grouped.item_id = item.id
        """;

    /// <summary>
    /// Each item ($1) is looked up by primary key: OFFSET keeps the look-ups from becoming joins, which would read a table from end to end whose statistics are older than its rows.
    /// A run ($2) or a number of iterations ($3) that is null costs nothing.
    /// </summary>
    private const string FindKnown =
        """
        SELECT item.number, ascii(OUTCOME), own.error, record.etag
        FROM unnest($1, $2) WITH ORDINALITY AS item (id, run_id, number)
        DONE
        LEFT JOIN LATERAL (
          SELECT etag FROM ingestion.records AS stored WHERE stored.id = item.id AND fingerprint_iterations = $3 AND OUTCOME IS NULL OFFSET 0) AS record ON true
        WHERE OUTCOME IS NOT NULL OR record.etag IS NOT NULL
        """;

    /// <summary>For the rest of the transaction: a range is joined at once, not row by row; and where the connection string has statements prepared, a plan made while the tables were small would be kept. A way that is switched off looks so dear that the server would compile the rest.</summary>
    private const string UseIndexes = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_nestloop', 'off', true), set_config('jit', 'off', true)";

    public Task<bool> AnyStoredAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        new NpgsqlCommand(schema.In(AnyStored, resource), connection).ReadOneAsync<bool>(cancellationToken);

    /// <summary>Finds what is known of items; entity tags only of records with these iterations.</summary>
    public async Task<KnownItem[]> FindKnownAsync(NpgsqlConnection connection, IReadOnlyCollection<(ItemKey Key, Guid? Run)> items, int? iterations, CancellationToken cancellationToken)
    {
        bool isRange = resource.HasTextKeys is false && items.Any(item => item.Run is not null);
        (long first, long last) = isRange ? (items.Min(item => item.Key.Number), items.Max(item => item.Key.Number)) : default;
        Guid? run = items.FirstOrDefault(item => item.Run is not null).Run;
        bool isDense = isRange && items.All(item => item.Run == run) && (ulong)(last - first) < 2UL * (ulong)items.Count;
        string done = $"{(isDense ? DoneInRange : DoneOfEach)} {(isRange ? DoneByCommits : "")}";
        string outcome = isRange ? "coalesce(own.outcome, grouped.outcome)" : "own.outcome";
        var find = new NpgsqlBatchCommand(schema.In(FindKnown.Replace("DONE", done, StringComparison.Ordinal).Replace("OUTCOME", outcome, StringComparison.Ordinal), resource));
        find.Parameters.Add(ItemKeys.Parameter(items.Select(item => item.Key), resource.HasTextKeys));
        find.Parameters.Add(new NpgsqlParameter<Guid?[]> { TypedValue = [.. items.Select(item => item.Run)] });
        find.Parameters.Add(new NpgsqlParameter<int?> { TypedValue = iterations });
        if (isRange)
        {
            foreach (long bound in (ReadOnlySpan<long>)[first, last, Math.Max(first, long.MinValue + CommitGroup.Window) - CommitGroup.Window + 1])
                find.Parameters.Add(new NpgsqlParameter<long> { TypedValue = bound });
            find.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = run });
        }

        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new NpgsqlBatchCommand(UseIndexes), find } };
        var known = new KnownItem[items.Count];
        await using NpgsqlDataReader reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            CommittedOutcome? committed = reader.IsDBNull(1) ? null : ReadOutcome(reader, 1);
            known[reader.GetInt64(0) - 1] = new KnownItem(committed, reader.IsDBNull(3) ? null : reader.GetString(3));
        }

        return known;
    }

    /// <summary>An outcome by the code of its first letter, and the error in the column behind it.</summary>
    public static CommittedOutcome ReadOutcome(NpgsqlDataReader reader, int column) => new(
        (char)reader.GetInt32(column) switch { 'I' => Outcome.Ingested, 'U' => Outcome.Unchanged, 'N' => Outcome.NotFound, _ => Outcome.Failed },
        reader.IsDBNull(column + 1) ? null : reader.GetString(column + 1));
}
