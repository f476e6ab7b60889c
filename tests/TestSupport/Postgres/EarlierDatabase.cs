using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using TestSupport.Settings;

namespace TestSupport.Postgres;

/// <summary>
/// A database as a worker of an earlier version left it, made by the scripts of that version: a run that was going on, one that had ended, dead letters, records, and what else that version
/// had a place for. And what must be there still when a worker of today has taken it over.
/// </summary>
/// <param name="connectionString">An empty database.</param>
/// <param name="version">How many of the scripts have been applied.</param>
/// <param name="upstream">The API that was asked.</param>
public sealed class EarlierDatabase(string connectionString, int version, string upstream)
{
    /// <summary>The run that was going on is over these IDs.</summary>
    public const string Ids = "1-60";

    /// <summary>How many these are.</summary>
    public const int Requested = 60;

    private const int NotesUpstreams = 4;
    private const int AnyResource = 6;
    private const int GeneratesColumns = 7;
    private const int GroupsCommits = 8;
    private const int NotesDiscards = 10;

    private const string Unfinished = "00000000-0000-7000-8000-0000000000a1";
    private const string Ended = "00000000-0000-7000-8000-0000000000b2";
    private const string AppliedAt = "2026-01-01Z";
    private const string Hash = "sha256(convert_to(raw::text, 'UTF8'))";

    private const string Begin =
        """
        CREATE SCHEMA ingestion;
        CREATE TABLE ingestion.schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL, checksum text NOT NULL);
        """;

    private static readonly string Fill =
        $"""
        INSERT INTO ingestion.runs (id, source, strategy, degree_of_parallelism, requested, status, started_at, finished_at, unchanged, failed) VALUES
          ('{Unfinished}', 'ids:{Ids}', 'Async', 16, {Requested}, 'running', now() - interval '1 hour', NULL, 0, 0),
          ('{Ended}', 'ids:1-8,101-102', 'Async', 16, 10, 'finished', now() - interval '1 day', now() - interval '23 hours', 7, 3);

        INSERT INTO ingestion.outcomes (run_id, character_id, outcome, attempts, error, finished_at)
        SELECT id, item, outcome, CASE outcome WHEN 'Failed' THEN 5 ELSE 1 END, CASE outcome WHEN 'Failed' THEN 'HTTP 503' END, started_at + item * interval '1 second'
        FROM ingestion.runs CROSS JOIN generate_series(1, 102) AS item CROSS JOIN LATERAL (
          SELECT CASE
            WHEN id = '{Unfinished}' THEN CASE WHEN item <= 20 THEN 'Ingested' WHEN item = 21 THEN 'NotFound' WHEN item = 22 THEN 'Failed' END
            WHEN item IN (3, 101, 102) THEN 'Failed'
            WHEN item <= 8 THEN 'Unchanged'
          END) AS ended (outcome)
        WHERE outcome IS NOT NULL;

        INSERT INTO ingestion.characters
        SELECT item, 'Name ' || item, 'Alive', 'Human', '', 'Male', 'Earth', '', 'Citadel', '', '', ARRAY[item], '', '2017-11-04T18:48:46.250Z', raw, {Hash}, false, at, at, run.id
        FROM ingestion.runs AS run CROSS JOIN generate_series(1, 40) AS item CROSS JOIN LATERAL (
          SELECT started_at + item * interval '1 second', jsonb_build_object(
            'id', item, 'name', 'Name ' || item, 'status', 'Alive', 'species', 'Human', 'type', '', 'gender', 'Male', 'origin', jsonb_build_object('name', 'Earth', 'url', ''),
            'location', jsonb_build_object('name', 'Citadel', 'url', ''), 'image', '', 'url', '', 'episode', jsonb_build_array('https://example.test/episode/' || item), 'created', '2017-11-04T18:48:46.250Z')
        ) AS made (at, raw)
        WHERE run.id = '{Unfinished}' AND (item <= 20 OR item > 30 AND COMMITS);
        """;

    private static readonly string Folder = FindFolder();

    /// <summary>The scripts in the order of their versions, by name.</summary>
    public static IReadOnlyList<string> Scripts { get; } =
        [.. Directory.GetFiles(Path.Combine(Folder, "Migrations"), "*.sql").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>Whether the version noted which upstream a run is over; without that a run is never taken up again.</summary>
    public bool CanResume => version >= NotesUpstreams;

    /// <summary>The IDs of the unfinished run that have an outcome.</summary>
    public IReadOnlyList<int> Done => [.. Enumerable.Range(1, 22), .. version >= GroupsCommits ? Enumerable.Range(31, 10) : []];

    /// <summary>Makes it.</summary>
    public async Task MakeAsync()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        await ExecuteAsync(Begin);
        for (int applied = 1; applied <= version; applied++)
        {
            string script = (await File.ReadAllTextAsync(Path.Combine(Folder, "Migrations", Scripts[applied - 1] + ".sql"))).ReplaceLineEndings("\n");
            string checksum = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
            await ExecuteAsync($"{script}; INSERT INTO ingestion.schema_versions VALUES ({applied}, '{Scripts[applied - 1]}', '{AppliedAt}', '{checksum}')");
            if (applied == Math.Min(version, AnyResource - 1))
                await ExecuteAsync(FillBeforeResources());
        }

        if (version >= GeneratesColumns)
            await ExecuteAsync(await AfterScriptsAsync());

        async Task ExecuteAsync(string sql)
        {
            await using NpgsqlCommand command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    /// <summary>Looks at what was there before, once a worker of today has brought the database up to date and before it has fetched anything.</summary>
    /// <returns>What is not as it has to be; nothing when all of it is.</returns>
    public async Task<IReadOnlyList<string>> FindDamageAsync()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(connectionString);
        string done = string.Join(',', Done.Where(item => item is not (21 or 22)));
        (string What, string Expected, string Query)[] checks =
        [
            ("versions", string.Join(", ", Scripts.Select((_, index) => $"{index + 1}{(index < version ? " before" : "")}")),
                $"SELECT string_agg(version || CASE applied_at WHEN '{AppliedAt}' THEN ' before' ELSE '' END, ', ' ORDER BY version) FROM ingestion.schema_versions"),
            ("runs", $"a1 running {(CanResume ? "known" : "unknown")}; b2 finished 7 3 {(CanResume ? "known 8" : "unknown")}",
                $"""
                SELECT string_agg(concat_ws(' ', right(id::text, 2), status, nullif(unchanged, 0), nullif(failed, 0), CASE upstream WHEN '{upstream}' THEN 'known' ELSE 'unknown' END, learned_limit), '; ' ORDER BY id)
                FROM ingestion.runs WHERE resource = 'character/{"{id}"}'
                """),
            ("outcomes", $"a1 Failed 5 HTTP 503 {{22}}; a1 Ingested 1 {{{done}}}; a1 NotFound 1 {{21}}; b2 Failed 5 HTTP 503 {{3,101,102}}; b2 Unchanged 1 {{1,2,4,5,6,7,8}}",
                """
                SELECT string_agg(line, '; ' ORDER BY line COLLATE "C") FROM (
                  SELECT concat_ws(' ', right(run_id::text, 2), outcome, attempts, error, array_agg(item_id ORDER BY item_id)::text)
                  FROM ingestion.outcomes JOIN ingestion.runs ON id = run_id
                  WHERE outcomes.finished_at = started_at + CASE WHEN item_id BETWEEN 31 AND 40 THEN 31 ELSE item_id END * interval '1 second'
                  GROUP BY run_id, outcome, attempts, error) AS grouped (line)
                """),
            ("resolved failures", version >= NotesDiscards ? "3 a1; 102 not wanted" : "3 a1",
                "SELECT string_agg(concat_ws(' ', item_id, right(resolved_by::text, 2), note), '; ' ORDER BY item_id) FROM ingestion.item_outcomes WHERE resolved_at IS NOT NULL"),
            ("records", $"{Done.Count - 2} of {Done.Count - 2}",
                $"""
                SELECT count(*) FILTER (WHERE
                  name = 'Name ' || id AND raw ->> 'name' = name AND content_hash = {Hash} AND episode_ids = ARRAY[id::integer] AND created = '2017-11-04T18:48:46.250Z' AND origin_name = 'Earth'
                  AND {(version >= 3 ? "etag = '\"e' || id || '\"'" : "etag IS NULL")} AND ingested_at = changed_at AND run_id = '{Unfinished}') || ' of ' || count(*)
                FROM ingestion.characters
                """),
        ];
        List<string> damage = [];
        foreach ((string what, string expected, string query) in checks)
        {
            await using NpgsqlCommand command = source.CreateCommand(query);
            string found = await command.ExecuteScalarAsync() as string ?? "none";
            if (found != expected)
                damage.Add($"{what} of a database of version {version}: expected {expected}, found {found}");
        }

        return damage;
    }

    /// <summary>What there was a place for when all records were characters.</summary>
    private string FillBeforeResources() => string.Concat(
        Fill.Replace("COMMITS", version >= GroupsCommits ? "true" : "false", StringComparison.Ordinal),
        version >= 2 ? $"UPDATE ingestion.outcomes SET resolved_at = now() - interval '59 minutes', resolved_by = '{Unfinished}' WHERE run_id = '{Ended}' AND character_id = 3;" : "",
        version >= 3 ? "UPDATE ingestion.characters SET etag = '\"e' || id || '\"', fingerprint_iterations = 0;" : "",
        CanResume ? $"UPDATE ingestion.runs SET upstream = '{upstream}', learned_limit = CASE id WHEN '{Ended}' THEN 8 END;" : "");

    /// <summary>What the worker of that version made after its scripts, and what it stored in tables that are younger than resources.</summary>
    private async Task<string> AfterScriptsAsync()
    {
        IEnumerable<string> typed = ShippedSettings.Resource.Keys.Where(key => key.StartsWith("Resource:Columns:", StringComparison.Ordinal)).Select(key => key.Split(':')[2]);
        string generated =
            $"""
            ALTER TABLE ingestion.characters ALTER COLUMN id TYPE bigint, ADD COLUMN fetched_at timestamptz, {string.Join(", ", typed.Select(column => $"DROP COLUMN {column}"))},
              ADD COLUMN name text GENERATED ALWAYS AS (raw ->> 'name') STORED, ADD COLUMN episode_ids integer[] GENERATED ALWAYS AS (ingestion.last_numbers(raw->'episode')) STORED;
            UPDATE ingestion.resources SET columns = jsonb_build_object('name', 'text /name', 'episode_ids', 'integer[] = ingestion.last_numbers(raw->''episode'')');
            """;
        if (version < GroupsCommits)
            return $"{generated} ALTER TABLE ingestion.outcomes ALTER COLUMN item_id TYPE bigint";

        string view = (await File.ReadAllTextAsync(Path.Combine(Folder, "OutcomesView.sql"))).Replace("KEY_TYPE", "bigint", StringComparison.Ordinal);
        string discarded = $"UPDATE ingestion.item_outcomes SET resolved_at = finished_at + interval '1 hour', note = 'not wanted' WHERE run_id = '{Ended}' AND item_id = 102";
        return
            $"""
            {generated}
            ALTER TABLE ingestion.item_outcomes ALTER COLUMN item_id TYPE bigint;
            {view};
            INSERT INTO ingestion.commit_outcomes (run_id, first_item, finished_at, ingested)
            SELECT id, 31, started_at + interval '31 seconds', ARRAY(SELECT generate_series(31, 40)::bigint) FROM ingestion.runs WHERE id = '{Unfinished}';
            UPDATE ingestion.runs SET owner = gen_random_uuid(), epoch = 3 WHERE id = '{Unfinished}';
            {(version >= NotesDiscards ? discarded : "")}
            """;
    }

    private static string FindFolder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src/Ingestion/Storage/Postgres"));
}
