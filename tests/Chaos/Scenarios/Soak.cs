using System.Globalization;
using System.Text.RegularExpressions;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Chaos.Scenarios;

/// <summary>Run after run with faults: what the process, the page of who watches it, and the database hold does not grow.</summary>
internal static partial class Soak
{
    private const int Ids = 20_000;
    private const double MostGrowth = 1.05;
    private const int Looks = 60;
    private const int Degree = 32;
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(Arena arena)
    {
        SoakPlan plan = arena.Plan.Soak;
        TimeSpan time = plan.Time ?? (arena.IsLong ? LongTime : ShortTime);
        SimulatorOptions options = new()
        {
            Seed = arena.Plan.Seed,
            Characters = Ids,
            ErrorRates = FaultRates.Parse("500=0.01,503=0.01,reset=0.005,truncated=0.005,hang=0.001,429=0.005"),
        };
        arena.Upstream.Options = options;
        string settings = arena.NewFolder("settings");
        WriteSettings(settings, Degree);
        WorkerProcess worker = arena.StartWorker(
            $"--ids 1-{Ids} --strategy Pipeline --repeat 1ms{(plan.Has(SoakPlan.Viewer) ? " --live" : "")}{(plan.Has(SoakPlan.Retention) ? " --Storage:KeepRuns=00:01:00" : "")}{(plan.Rate is { } rate ? string.Create(CultureInfo.InvariantCulture, $" --Upstream:RequestsPerSecond={rate}") : "")}",
            [.. Settings.ForFaults, ("DOTNET_CONTENTROOT", settings)]);
        await using Viewer? viewer = plan.Has(SoakPlan.Viewer) ? await Viewer.OpenAsync(new Uri(LivePage().Match(await worker.WaitForOutputAsync(LivePage(), Arena.Patience)).Value)) : null;
        await arena.WaitForRequestsAsync(worker, 1);

        await using SoakQueue? queue = plan.Has(SoakPlan.Queue) ? await SoakQueue.OpenAsync(arena) : null;

        List<ProcessSample> samples = [];
        List<ProcessSample> queueSamples = [];
        List<PageSample> pages = [];
        SortedDictionary<string, List<double>> sizes = new(StringComparer.Ordinal);
        int restarts = 0, said = 0;
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        long startedAt = TimeProvider.System.GetTimestamp();
        for (int second = 0; TimeProvider.System.GetElapsedTime(startedAt) < time && await timer.WaitForNextTickAsync() && !worker.HasExited && queue?.Worker.HasExited != true; second++)
        {
            samples.Add(ProcessSample.Of(worker.Id));
            if (queue is not null)
            {
                queueSamples.Add(ProcessSample.Of(queue.Worker.Id));
                await queue.TickAsync(second);
            }

            // Every minute other records, so that rows are rewritten: an unchanged one is left alone.
            if (second % 60 == 59)
                arena.Upstream.Options = options with { Revised = second / 60 % 2 == 0 ? IdRanges.Parse($"1-{Ids}") : IdRanges.None };
            if (plan.Has(SoakPlan.Reloads) && second % 90 == 89)
                WriteSettings(settings, second / 90 % 2 == 0 ? Degree / 2 : Degree);
            if (plan.Has(SoakPlan.Restarts) && second % 120 == 119)
            {
                await arena.Postgres.RestartAsync();
                restarts++;
            }

            if (second % Math.Max(1, Math.Min(60, (int)time.TotalSeconds / Looks)) == 0)
                await LookAsync();
        }

        bool lived = !worker.HasExited;
        if (queue is not null)
            await queue.CheckAsync();
        string? seen = viewer is not null && lived ? await viewer.EvaluateAsync("[connection, seen.ended, seen.lost].join()") : null;
        (ProcessResult result, TimeSpan drain) = await arena.EndAsync(worker, Signal.Terminate);
        // Of a run that is older than what is kept, the failures alone are left.
        long[] found = await arena.NumbersAsync(
            $"""
            SELECT count(*), count(*) FILTER (WHERE status = 'finished'), coalesce(sum(stored), 0)::bigint,
              count(*) FILTER (WHERE status = 'finished' AND (stored <> {Ids} OR ingested + unchanged + failed <> {Ids})), coalesce(sum(rewritten), 0)::bigint
            FROM ingestion.runs JOIN (
              SELECT run_id, count(*) AS stored, count(*) FILTER (WHERE outcome = 'Ingested') AS rewritten FROM ingestion.outcomes GROUP BY run_id) AS stored ON run_id = id
            WHERE source = 'ids:1-{Ids}'{(plan.Has(SoakPlan.Retention) ? " AND finished_at > now() - interval '30 s'" : "")}
            """);

        Checks.Say(string.Create(CultureInfo.InvariantCulture,
            $"{time.TotalMinutes:0.0} min, {arena.Upstream.Statistics.TotalRequests} requests, {arena.Upstream.Statistics.TotalRequests / time.TotalSeconds:0} a second, {restarts} restarts of the database; {found[1]} runs finished, {found[2]} outcomes ({found[4]} ingested); drained in {drain.TotalSeconds:0.0} s"));
        arena.Checks.Expect(lived && result.ExitCode is 0 or 2 or 3, "the worker lives until the signal, exit code 0, 2 or 3", $"exit code {result.ExitCode}");
        arena.Checks.Expect((found[0] > 0 || plan.Rate is not null) && found[3] == 0, "every finished run has one outcome for each ID", $"{found[3]} of {found[1]} have not");
        if (plan.Has(SoakPlan.Viewer))
            arena.Checks.Expect(seen?.StartsWith("live,", StringComparison.Ordinal) == true, "the page follows to the end", seen ?? "the worker is gone");
        await FaultReasons.CheckAsync(arena);

        Checks.Say("| median of         | first third | second third | last third | last / first |");
        Checks.Say("|---|---|---|---|---|");
        Compare(arena, "resident memory MiB", samples, sample => sample.ResidentMiB);
        Compare(arena, "handles", samples, sample => sample.Handles, apart: plan.Rate is null ? 2 : Degree);
        Compare(arena, "threads", samples, sample => sample.Threads, apart: 2);
        if (queue is not null)
        {
            Compare(arena, "resident memory of the worker on the queue MiB", queueSamples, sample => sample.ResidentMiB, apart: SoakQueue.WarmUpMiB);
            Compare(arena, "its handles", queueSamples, sample => sample.Handles, apart: SoakQueue.Degree);
            Compare(arena, "its threads", queueSamples, sample => sample.Threads, apart: 2);
        }

        if (viewer is not null)
            Compare(arena, "heap of the page MiB", pages, page => page.HeapMiB, apart: 0.5);
        foreach ((string what, List<double> each) in sizes)
        {
            if (plan.Has(SoakPlan.Retention))
                Compare(arena, $"{what} MiB", each, size => size, apart: 0.5);
        }

        async Task LookAsync()
        {
            if (viewer is not null)
                pages.Add(await viewer.LookAsync());
            double database = await MeasureAsync(arena, sizes);
            string page = pages is [.., var last] ? string.Create(CultureInfo.InvariantCulture, $"; page {last.HeapMiB:0.0} MiB, {last.Nodes} nodes") : "";
            if (samples.Count / 60 >= said)
                Checks.Say(string.Create(CultureInfo.InvariantCulture, $"minute {said++}: worker {samples[^1].ResidentMiB:0.0} MiB, {samples[^1].Handles} handles, {samples[^1].Threads} threads; database {database:0.0} MiB{page}"));
        }
    }

    /// <summary>How much room the database takes, and each table with its indexes.</summary>
    private static async Task<double> MeasureAsync(Arena arena, SortedDictionary<string, List<double>> sizes)
    {
        await arena.QueryAsync(
            """
            SELECT 'database', pg_database_size(current_database()) UNION ALL
            SELECT 'table ' || relname, pg_total_relation_size(pg_class.oid) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'ingestion' AND relkind = 'r'
            """,
            async reader =>
            {
                while (await reader.ReadAsync())
                {
                    string what = reader.GetString(0);
                    if (!sizes.TryGetValue(what, out List<double>? known))
                        sizes[what] = known = [];
                    known.Add(reader.GetInt64(1) / (double)(1 << 20));
                }

                return true;
            });
        return sizes["database"][^1];
    }

    /// <summary>The last third of the time beside the first, after a tenth to warm up.</summary>
    /// <param name="apart">As far as two looks are apart where nothing grows: some connections more where there need not be as many as there can be, or a minute with more in it.</param>
    private static void Compare<T>(Arena arena, string name, List<T> samples, Func<T, double> value, double apart = 0)
    {
        double[] values = [.. samples.Skip(samples.Count / 10).Select(value)];
        int third = values.Length / 3;
        if (third == 0)
            throw new ChaosException("the worker did not live long enough to be looked at");

        double[] medians = [.. Enumerable.Range(0, 3).Select(part => values.Skip(part * third).Take(third).Order().ElementAt(third / 2))];
        string growth = string.Create(CultureInfo.InvariantCulture, $"{medians[2] / medians[0]:0.00}");
        Checks.Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {medians[0]:0.#} | {medians[1]:0.#} | {medians[2]:0.#} | {growth} |"));
        if (arena.IsLong)
            arena.Checks.Expect(medians[2] <= Math.Max(MostGrowth * medians[0], medians[0] + apart), string.Create(CultureInfo.InvariantCulture, $"{name}: last third at most {MostGrowth} × the first{(apart > 0 ? $", or {apart} more" : "")}"), growth);
    }

    private static void WriteSettings(string folder, int degree)
    {
        string path = Path.Combine(folder, "appsettings.json");
        File.WriteAllText(path + ".new", string.Create(CultureInfo.InvariantCulture, $$"""{ "Ingestion": { "DegreeOfParallelism": {{degree}} } }"""));
        File.Move(path + ".new", path, overwrite: true);
    }

    [GeneratedRegex(@"http://localhost:\d+/", RegexOptions.NonBacktracking)]
    private static partial Regex LivePage();
}
