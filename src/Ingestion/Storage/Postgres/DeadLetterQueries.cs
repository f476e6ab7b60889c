using Ingestion.Items;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The queries over the failures that are not resolved. They are planned with their parameters, so a condition that is null costs nothing.</summary>
internal static class DeadLetterQueries
{
    public const string Count = $"SELECT count(*) FROM ({Matching}) AS failure";

    /// <summary>After the parameters of the filter: the ID to start behind, and how many.</summary>
    public const string List = $"SELECT item_id FROM ({Matching}) AS failure WHERE item_id > $7 ORDER BY item_id LIMIT $8";

    /// <summary>After the parameters of the filter: the most ranges of IDs, and the most groups. IDs that follow each other have the same distance to their row number: that makes a range.</summary>
    public const string Summarize =
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
        SELECT item_id, reason, finished_at
        FROM (
          SELECT DISTINCT ON (item_id)
            item_id, error, finished_at, regexp_replace(error, '(?<=[ /])(?<!HTTP )(?<!SQLSTATE )[0-9]+(?![0-9A-Za-z.:])', 'N', 'g') AS reason
          FROM ingestion.outcomes
          WHERE outcome = 'Failed' AND resolved_at IS NULL AND ($1::uuid IS NULL OR run_id = $1)
          ORDER BY item_id, finished_at DESC) AS latest
        WHERE ($2::text IS NULL OR strpos(lower(error), lower($2)) > 0 OR strpos(lower(reason), lower($2)) > 0)
          AND ($3::timestamptz IS NULL OR finished_at >= $3)
          AND ($4::timestamptz IS NULL OR finished_at < $4)
          AND ($5::bigint[] IS NULL OR EXISTS (SELECT FROM unnest($5, $6::bigint[]) AS wanted (first_id, last_id) WHERE item_id BETWEEN (first_id::KEY_TYPE) AND (last_id::KEY_TYPE)))
        """;

    /// <summary>The query for keys of this type: texts follow each other in no range.</summary>
    public static string For(string query, bool hasTextKeys) => query.Replace("NUMBER ", hasTextKeys ? "" : "item_id - ", StringComparison.Ordinal);

    public static void AddFilter(NpgsqlCommand command, DeadLetterFilter filter)
    {
        command.Parameters.Add(new NpgsqlParameter<Guid?> { TypedValue = filter.Run });
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = filter.Reason });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = filter.Since?.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<DateTime?> { TypedValue = filter.Until?.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<long[]?> { TypedValue = filter.Ids?.Ranges.Select(range => range.First).ToArray() });
        command.Parameters.Add(new NpgsqlParameter<long[]?> { TypedValue = filter.Ids?.Ranges.Select(range => range.Last).ToArray() });
    }
}
