using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using TestSupport.Postgres;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>Twenty workers start at once over a database of an earlier version, in which a run was going on. They migrate it once, and one after the other they have a run.</summary>
internal static partial class Upgrade
{
    private const int Workers = 20;

    public static async Task RunAsync(Arena arena)
    {
        arena.Upstream.Options = new SimulatorOptions { Characters = 200 };
        int newest = EarlierDatabase.Scripts.Count;
        foreach (int version in arena.IsLong ? Enumerable.Range(1, newest - 1) : [1, newest - 1])
            await UpgradeAsync(arena, version);
    }

    private static async Task UpgradeAsync(Arena arena, int version)
    {
        arena.Database = await arena.Postgres.CreateDatabaseAsync();
        var earlier = new EarlierDatabase(arena.Database, version, arena.Upstream.BaseAddress.ToString());
        await earlier.MakeAsync();
        int[] before = Requests(arena);

        // Whoever has the source may fetch. Nobody may, until all have started.
        await using var holder = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(arena.Database) { Pooling = false }.ConnectionString);
        await holder.OpenAsync();
        await using (var take = new NpgsqlCommand($"SELECT pg_advisory_lock(hashtextextended('ingestion:source:ids:{EarlierDatabase.Ids}', 0))", holder))
            await take.ExecuteNonQueryAsync();
        WorkerProcess[] workers = [.. Enumerable.Range(0, Workers).Select(_ => arena.StartWorker($"--ids {EarlierDatabase.Ids}"))];
        foreach (WorkerProcess worker in workers)
            await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => line.Contains("standing by", StringComparison.Ordinal), Arena.Patience), "the worker stands by");
        IReadOnlyList<string> damage = await earlier.FindDamageAsync();
        await holder.CloseAsync();
        List<int> codes = [];
        foreach (WorkerProcess worker in workers)
            codes.Add((await arena.WaitForEndAsync(worker)).ExitCode);

        string[] said = [.. workers.SelectMany(worker => worker.StandardError)];
        string[] applied = [.. said.Select(line => Applied().Match(line)).Where(match => match.Success).Select(match => match.Groups["script"].Value)];
        int resumed = said.Count(line => line.Contains("is resumed", StringComparison.Ordinal));
        long[] runs = await arena.NumbersAsync(
            $"""
            SELECT count(*) FILTER (WHERE started_at > now() - interval '30 minutes'), count(*) FILTER (WHERE source = 'ids:{EarlierDatabase.Ids}' AND status = 'finished' AND stored = {EarlierDatabase.Requested})
            FROM ingestion.runs CROSS JOIN LATERAL (SELECT count(DISTINCT item_id) AS stored FROM ingestion.outcomes WHERE run_id = id) AS outcomes
            """);
        // Every run asks for every ID once, but the one that is taken up leaves out what was done.
        int[] asked = [.. Requests(arena).Zip(before, (now, then) => now - then)];
        int wrong = asked.Where((count, index) => count != Workers - (earlier.CanResume && earlier.Done.Contains(index + 1) ? 1 : 0)).Count();

        int taken = earlier.CanResume ? 1 : 0;
        string of = string.Create(CultureInfo.InvariantCulture, $"version {version}: ");
        arena.Checks.Expect(codes.Count(code => code == 0) == Workers - taken && codes.Count(code => code == 2) == taken,
            $"{of}{Workers} workers that start at once all end well: exit code 0{(earlier.CanResume ? ", and 2 for the run that had a failure" : "")}", string.Join(' ', codes));
        arena.Checks.Expect(applied.Order(StringComparer.Ordinal).SequenceEqual(EarlierDatabase.Scripts.Skip(version)), $"{of}every migration is applied once", string.Join(", ", applied));
        arena.Checks.Expect(damage.Count == 0, $"{of}what was stored is there still", damage.Count == 0 ? "runs, outcomes, dead letters, records" : string.Join("; ", damage));
        arena.Checks.Expect(resumed == taken && runs[0] == Workers - taken && runs[1] == Workers,
            $"{of}the unfinished run is {(earlier.CanResume ? "taken up once" : "left, for nothing says which upstream it is over")}, and every worker finishes a run", $"taken up {resumed} times, {runs[0]} runs begun, {runs[1]} finished with an outcome for each ID");
        arena.Checks.Expect(wrong == 0, $"{of}every run asks for what has no outcome, once", $"{wrong} IDs asked for more or less often");
    }

    private static int[] Requests(Arena arena) => [.. Enumerable.Range(1, EarlierDatabase.Requested).Select(arena.Upstream.Statistics.Requests)];

    [GeneratedRegex(@"Applied the migration (?<script>\d{4}_\w+)", RegexOptions.NonBacktracking)]
    private static partial Regex Applied();
}
