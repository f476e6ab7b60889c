using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>kill -9 of PostgreSQL's first process, and every other time SIGQUIT, again and again in one run; the server is started again each time.</summary>
internal static class KillPostgres
{
    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 20_000 : 3_000;
        int kills = arena.IsLong ? 20 : 4;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(20) };

        WorkerProcess worker = arena.StartWorker($"{arena.ArgumentsFor(ids)} --strategy Pipeline --dop 16");
        TimeSpan longest = TimeSpan.Zero;
        int lived = 0;
        long[] moments = arena.Moments(kills, ids);
        for (int kill = 0; kill < kills; kill++)
        {
            await arena.WaitForRequestsAsync(worker, moments[kill]);
            await arena.IdleAsync(TimeSpan.FromMilliseconds(200));
            Signal signal = kill % 2 == 0 ? Signal.Kill : Signal.Quit;
            arena.Note($"{signal} to PostgreSQL after {arena.Upstream.Statistics.TotalRequests} requests");
            long since = TimeProvider.System.GetTimestamp();
            await arena.Postgres.KillAsync(signal);
            await arena.Postgres.StartAsync();
            TimeSpan away = TimeProvider.System.GetElapsedTime(since);
            arena.Note($"PostgreSQL is back after {away}");
            longest = away > longest ? away : longest;
            lived += worker.HasExited ? 0 : 1;
        }

        ProcessResult result = await arena.WaitForEndAsync(worker);
        int outages = result.StandardError.Split('\n').Count(Outage.IsSaid);

        Checks.Say(string.Create(CultureInfo.InvariantCulture, $"{ids} IDs, {kills} kills, PostgreSQL was away for up to {longest.TotalSeconds:0.0} s"));
        arena.Checks.Expect(outages > 0, "the worker noticed", $"{outages} outages in its log");
        arena.Checks.Expect(lived == kills && result.ExitCode == 0, "one worker lives through all of it, exit code 0", $"pid {worker.Id} lived through {lived} of {kills}, exit code {result.ExitCode}");
        await Verification.CheckAsync(arena, ids, again: 0, "the worker was never killed");
    }
}
