using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>The server stays, and so do its sessions, but for four seconds it refuses every write; again and again in one run.</summary>
internal static class ReadOnly
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);

    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 20_000 : 3_000;
        int times = arena.IsLong ? 5 : 1;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(20) };

        WorkerProcess worker = arena.StartWorker($"--ids 1-{ids} --strategy Pipeline --dop 16");
        // None in the last part: there has to be something left to write, on a slow machine too.
        long[] moments = arena.Moments(times + 1, ids)[..times];
        long storedMeanwhile = 0;
        int middles = 0;
        for (int time = 0; time < times; time++)
        {
            await arena.WaitForRequestsAsync(worker, moments[time]);
            int said = worker.StandardError.Count(Outage.IsSaid);
            await SetReadOnlyAsync(arena, isOn: true);
            Task over = Task.Delay(Time, TimeProvider.System);
            await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => Outage.IsSaid(line) && --said < 0, Arena.Patience), "the worker notices that it cannot write");

            long stored = await StoredAsync(arena);
            await over;
            storedMeanwhile += await StoredAsync(arena) - stored;
            middles += stored > 0 && stored < ids ? 1 : 0;
            int ended = worker.StandardError.Count(Outage.IsOver);
            await SetReadOnlyAsync(arena, isOn: false);
            // What it fetched meanwhile may reach the next moment at once, and an outage that goes on is not said again.
            await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => Outage.IsOver(line) && --ended < 0, Arena.Patience), "the worker notices that it can write again");
        }

        ProcessResult result = await arena.WaitForEndAsync(worker);

        Checks.Say(string.Create(CultureInfo.InvariantCulture, $"{ids} IDs, {times} × read-only for {Time.TotalSeconds:0} s"));
        arena.Checks.Expect(middles == times, "the server was read-only in the middle of the run", $"{middles} of {times}");
        arena.Checks.Expect(storedMeanwhile == 0, "a server that is read-only stores nothing", $"{storedMeanwhile} outcomes");
        arena.Checks.Expect(result.ExitCode == 0, "one worker lives through it, exit code 0", $"exit code {result.ExitCode}");
        await Verification.CheckAsync(arena, ids, again: 0, "the worker was never killed");
    }

    private static async Task SetReadOnlyAsync(Arena arena, bool isOn)
    {
        await arena.ExecuteAsync($"ALTER SYSTEM SET default_transaction_read_only = {(isOn ? "on" : "off")}");
        await arena.ExecuteAsync("SELECT pg_reload_conf()");
        arena.Note($"read-only {(isOn ? "from" : "until")} {arena.Upstream.Statistics.TotalRequests} requests");
    }

    private static async Task<long> StoredAsync(Arena arena) => (await arena.NumbersAsync("SELECT count(*) FROM ingestion.outcomes"))[0];
}
