using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>Two workers over the same source: one works, one stands by. kill -9 of the one that works; the other takes over.</summary>
internal static class Standby
{
    private const string Strategy = "ThreadPool";
    private const int Degree = 16;
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 15_000 : 3_000;
        int kills = arena.IsLong ? 10 : 2;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(40) };
        string command = $"--ids 1-{ids} --strategy {Strategy} --dop {Degree}";

        int otherCodes = 0;
        List<TimeSpan> takeOvers = [];
        long[] moments = arena.Moments(kills, ids);
        WorkerProcess active = arena.StartWorker(command);
        await arena.WaitForRequestsAsync(active, 1);
        for (int kill = 0; kill < kills; kill++)
        {
            WorkerProcess waiting = arena.StartWorker(command);
            await Arena.WaitForAsync(active, waiting.WaitForOutputAsync(line => line.Contains("standing by", StringComparison.Ordinal), Arena.Patience), "the other stands by");
            await arena.WaitForRequestsAsync(active, moments[kill]);
            await arena.IdleAsync(TimeSpan.FromMilliseconds(40));

            long since = TimeProvider.System.GetTimestamp();
            (ProcessResult result, _) = await arena.EndAsync(active, Signal.Kill);
            await arena.WaitForRequestsAsync(waiting, arena.Upstream.Statistics.TotalRequests + 1);
            takeOvers.Add(TimeProvider.System.GetElapsedTime(since));
            arena.Note($"pid {waiting.Id} made its first fetch {takeOvers[^1]} after the kill");
            otherCodes += result.ExitCode == 128 + (int)Signal.Kill ? 0 : 1;
            active = waiting;
        }

        ProcessResult last = await arena.WaitForEndAsync(active);

        Checks.Say($"{ids} IDs, {kills} kills; from the kill to the first fetch of the other: {string.Join(", ", takeOvers.Select(Seconds))}");
        arena.Checks.Expect(otherCodes == 0 && last.ExitCode == 0, "exit code 137 for the killed, 0 for the last", $"{otherCodes} others, last {last.ExitCode}");
        arena.Checks.Expect(takeOvers.Max() < TakeOver, $"the other takes over within {Seconds(TakeOver)}", $"{Seconds(takeOvers.Max())} at most");
        await Verification.CheckAsync(arena, ids, (long)kills * InFlight.Most(Strategy, Degree), InFlight.Because(kills, Strategy, Degree));
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
