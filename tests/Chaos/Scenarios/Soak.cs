using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Chaos.Scenarios;

/// <summary>Run after run at full speed, with faults: what the process holds does not grow.</summary>
internal static class Soak
{
    private const int Ids = 20_000;
    private const double MostGrowth = 1.05;
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    public static async Task RunAsync(Arena arena)
    {
        TimeSpan time = arena.Plan.Soak ?? (arena.IsLong ? LongTime : ShortTime);
        SimulatorOptions options = new()
        {
            Seed = arena.Plan.Seed,
            Characters = Ids,
            ErrorRates = FaultRates.Parse("500=0.01,503=0.01,reset=0.005,truncated=0.005,hang=0.001,429=0.005"),
        };
        arena.Upstream.Options = options;
        WorkerProcess worker = arena.StartWorker($"--ids 1-{Ids} --strategy Pipeline --dop 32 --repeat 1ms", Settings.ForFaults);
        await arena.WaitForRequestsAsync(worker, 1);

        List<ProcessSample> samples = [];
        using var timer = new PeriodicTimer(Tick, TimeProvider.System);
        for (int second = 0; second < time.TotalSeconds && await timer.WaitForNextTickAsync() && !worker.HasExited; second++)
        {
            samples.Add(ProcessSample.Of(worker.Id));

            // Every minute other records, so that rows are rewritten: an unchanged one is left alone.
            if (second % 60 == 59)
                arena.Upstream.Options = options with { Revised = second / 60 % 2 == 0 ? IdRanges.Parse($"1-{Ids}") : IdRanges.None };
        }

        bool lived = !worker.HasExited;
        (ProcessResult result, TimeSpan drain) = await arena.EndAsync(worker, Signal.Terminate);
        long[] found = await arena.NumbersAsync(
            $"""
            SELECT count(*), count(*) FILTER (WHERE status = 'finished'), coalesce(sum(stored), 0)::bigint,
              count(*) FILTER (WHERE status = 'finished' AND (stored <> {Ids} OR ingested + unchanged + failed <> {Ids})), coalesce(sum(rewritten), 0)::bigint
            FROM ingestion.runs JOIN (
              SELECT run_id, count(*) AS stored, count(*) FILTER (WHERE outcome = 'Ingested') AS rewritten FROM ingestion.outcomes GROUP BY run_id) AS stored ON run_id = id
            """);

        Checks.Say(string.Create(CultureInfo.InvariantCulture,
            $"{time.TotalMinutes:0.0} min, {found[1]} runs finished, {found[2]} outcomes ({found[4]} ingested), {found[2] / time.TotalSeconds:0} a second; drained in {drain.TotalSeconds:0.0} s"));
        arena.Checks.Expect(lived && result.ExitCode is 0 or 2 or 3, "the worker lives until the signal, exit code 0, 2 or 3", $"exit code {result.ExitCode}");
        arena.Checks.Expect(found[0] > 0 && found[3] == 0, "every finished run has one outcome for each ID", $"{found[3]} of {found[1]} have not");
        await FaultReasons.CheckAsync(arena);
        Compare(arena, samples);
    }

    private static void Compare(Arena arena, List<ProcessSample> samples)
    {
        int third = samples.Count / 3;
        if (third == 0)
            throw new ChaosException("the worker did not live long enough to be looked at");

        Checks.Say("| median of         | first third | second third | last third | last / first |");
        Checks.Say("|---|---|---|---|---|");
        Row("resident memory MiB", sample => sample.ResidentMiB);
        Row("handles", sample => sample.Handles);
        Row("threads", sample => sample.Threads);

        void Row(string name, Func<ProcessSample, double> value)
        {
            double[] medians = [.. Enumerable.Range(0, 3).Select(part => samples.Skip(part * third).Take(third).Select(value).Order().ElementAt(third / 2))];
            string growth = string.Create(CultureInfo.InvariantCulture, $"{medians[2] / medians[0]:0.00}");
            Checks.Say(string.Create(CultureInfo.InvariantCulture, $"| {name} | {medians[0]:0} | {medians[1]:0} | {medians[2]:0} | {growth} |"));
            if (arena.IsLong)
                arena.Checks.Expect(medians[2] <= MostGrowth * medians[0], $"{name}: last third at most {MostGrowth.ToString(CultureInfo.InvariantCulture)} × the first", growth);
        }
    }
}
