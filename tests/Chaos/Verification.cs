using System.Text.Json;
using Npgsql;
using UpstreamSimulator.Statistics;

namespace Chaos;

/// <summary>What has to hold after a run over the first records, whatever was done to it: looked up in the database and in the upstream's own counts.</summary>
internal static class Verification
{
    private const int Chunk = 500;

    /// <summary>Checks the whole run.</summary>
    /// <param name="arena">The scenario.</param>
    /// <param name="ids">The run was over this many.</param>
    /// <param name="again">How many IDs may have been fetched successfully more than once.</param>
    /// <param name="because">Where that number comes from.</param>
    /// <param name="mayFail">Whether dead letters are all right, for reasons that were injected.</param>
    public static async Task CheckAsync(Arena arena, int ids, long again, string because, bool mayFail = false)
    {
        await CheckRunAsync(arena, ids);
        await CheckOutcomesAsync(arena, ids, mayFail);
        await CheckRowsAsync(arena, ids);
        CheckFetches(arena, ids, again, because);
        if (mayFail)
            await FaultReasons.CheckAsync(arena);
    }

    private static async Task CheckRunAsync(Arena arena, int ids)
    {
        (string Status, long Requested, long Counted)[] runs = await arena.QueryAsync(
            "SELECT status, coalesce(requested, -1), ingested + unchanged + not_found + failed FROM ingestion.runs",
            reader => ReadAllAsync(reader, row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2))));
        arena.Checks.Expect(runs is [("finished", var requested, var counted)] && requested == ids && counted == ids,
            "one run, finished, its counts complete", string.Join("; ", runs.Select(run => $"{run.Status}, {run.Requested} requested, {run.Counted} counted")));
    }

    private static async Task CheckOutcomesAsync(Arena arena, int ids, bool mayFail)
    {
        string[] found = await arena.QueryAsync("SELECT item_id::text FROM ingestion.outcomes", reader => ReadAllAsync(reader, row => row.GetString(0)));
        HashSet<string> distinct = [.. found];
        int lost = Enumerable.Range(1, ids).Count(number => !distinct.Contains(arena.Keys.Key(number)));
        arena.Checks.Expect(lost == 0 && found.Length == ids,
            "exactly one outcome for each ID requested", $"{ids} requested, {found.Length} outcomes, {lost} lost, {found.Length - distinct.Count} duplicated");

        // A row and its outcome are committed together: a row that was there before its outcome would make it Unchanged.
        long[] kinds = await arena.NumbersAsync(
            """
            SELECT count(*) FILTER (WHERE outcome = 'Ingested'), count(*) FILTER (WHERE outcome = 'Unchanged'),
              count(*) FILTER (WHERE outcome = 'NotFound'), count(*) FILTER (WHERE outcome = 'Failed') FROM ingestion.outcomes
            """);
        arena.Checks.Expect(kinds[0] + kinds[3] == ids && (mayFail || kinds[3] == 0),
            mayFail ? "every outcome is Ingested or Failed" : "every outcome is Ingested",
            $"{kinds[0]} ingested, {kinds[1]} unchanged, {kinds[2]} not found, {kinds[3]} failed");
    }

    private static async Task CheckRowsAsync(Arena arena, int ids)
    {
        await using Truth truth = await Truth.StartAsync(arena.Upstream.Options, arena.Keys);
        int rows = 0, missing = 0, otherContent = 0, otherHash = 0;
        for (int first = 1; first <= ids; first += Chunk)
        {
            IReadOnlyDictionary<string, (JsonElement Record, byte[] Hash)> served = await truth.ReadAsync(Enumerable.Range(first, Math.Min(Chunk, ids - first + 1)));
            await arena.QueryAsync(
                $"""
                SELECT item_id::text, raw::text, content_hash FROM ingestion.outcomes LEFT JOIN {arena.Keys.Table} ON id = item_id
                WHERE outcome = 'Ingested' AND item_id::text = ANY ($1)
                """,
                async reader =>
                {
                    while (await reader.ReadAsync())
                    {
                        if (reader.IsDBNull(1))
                        {
                            missing++;
                            continue;
                        }

                        rows++;
                        (JsonElement record, byte[] hash) = served[reader.GetString(0)];
                        using var stored = JsonDocument.Parse(reader.GetString(1));
                        otherContent += JsonElement.DeepEquals(record, stored.RootElement) ? 0 : 1;
                        otherHash += hash.AsSpan().SequenceEqual((byte[])reader.GetValue(2)) ? 0 : 1;
                    }

                    return true;
                },
                served.Keys.ToArray());
        }

        long total = (await arena.NumbersAsync($"SELECT count(*) FROM {arena.Keys.Table}"))[0];
        arena.Checks.Expect(missing + otherContent + otherHash == 0 && total == rows,
            "every Ingested row is what the upstream serves", $"{rows} rows, {total - rows} without outcome, {missing} missing, {otherContent} with other content, {otherHash} with another hash");
    }

    private static void CheckFetches(Arena arena, int ids, long again, string because)
    {
        SimulatorStatistics statistics = arena.Upstream.Statistics;
        int[] successes = [.. Enumerable.Range(1, ids).Select(statistics.Successes)];
        int repeated = successes.Count(count => count > 1);
        arena.Checks.Expect(repeated <= again,
            $"IDs fetched successfully more than once: at most {again} ({because})", $"{repeated}, none more than {successes.Max()} times; {successes.Sum()} successful fetches, {statistics.TotalRequests} requests");
        int strangers = statistics.Ids().Count(id => id < 1 || id > ids);
        arena.Checks.Expect(strangers == 0, "nothing else was asked for", $"{strangers} other IDs");
    }

    private static async Task<T[]> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read)
    {
        List<T> rows = [];
        while (await reader.ReadAsync())
            rows.Add(read(reader));
        return [.. rows];
    }
}
