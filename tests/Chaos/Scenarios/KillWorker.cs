using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>kill -9 of the worker at random moments of one run, before its first fetch and in full flight; the next one starts at once.</summary>
internal static class KillWorker
{
    private const int Degree = 16;
    private const int Killed = 128 + (int)Signal.Kill;

    public static async Task RunAsync(Arena arena, string strategy)
    {
        int ids = arena.IsLong ? 20_000 : 3_000;
        int kills = arena.IsLong ? 100 : 10;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(15), LatencyJitter = TimeSpan.FromMilliseconds(10) };
        string command = $"{arena.ArgumentsFor(ids)} --strategy {strategy} --dop {Degree}";

        long[] moments = arena.Moments(kills, ids);
        int otherCodes = 0, beforeFirstFetch = 0;
        List<long> left = [];
        TimeSpan startUp = TimeSpan.MaxValue;
        for (int kill = 0; kill < kills; kill++)
        {
            long before = arena.Upstream.Statistics.TotalRequests;
            long startedAt = TimeProvider.System.GetTimestamp();
            WorkerProcess worker = arena.StartWorker(command);
            Task firstFetch = arena.WaitForRequestsAsync(worker, before + 1);

            // A third of the kills hits the start; the shortest of the others tells how long that is.
            if (kill % 3 == 2)
            {
                await Task.WhenAny(firstFetch, arena.IdleAsync(startUp));
            }
            else
            {
                await firstFetch;
                startUp = Shorter(startUp, TimeProvider.System.GetElapsedTime(startedAt));
                await arena.WaitForRequestsAsync(worker, moments[kill]);
                await arena.IdleAsync(TimeSpan.FromMilliseconds(40));
            }

            (ProcessResult result, _) = await arena.EndAsync(worker, Signal.Kill);
            otherCodes += result.ExitCode == Killed ? 0 : 1;
            beforeFirstFetch += arena.Upstream.Statistics.TotalRequests == before ? 1 : 0;
            left.Add(await LeftAsync(arena, ids));
        }

        ProcessResult last = await arena.WaitForEndAsync(arena.StartWorker(command));

        Checks.Say(string.Create(CultureInfo.InvariantCulture,
            $"{strategy}: {ids} IDs, {kills} kills: {beforeFirstFetch} before the first fetch, {kills - beforeFirstFetch} in flight; the shortest start took {startUp.TotalSeconds:0.0} s"));
        arena.Checks.Expect(otherCodes == 0 && last.ExitCode == 0, $"exit code {Killed} for the killed, 0 for the last", $"{otherCodes} others, last {last.ExitCode}");
        arena.Checks.Expect(beforeFirstFetch > 0 && beforeFirstFetch < kills, "starts and flights were hit", $"{beforeFirstFetch} and {kills - beforeFirstFetch}");
        int most = InFlight.Most(strategy, Degree);
        arena.Checks.Expect(left.Max() <= most, $"no kill leaves more than {most} IDs fetched and not stored ({InFlight.Because(1, strategy, Degree)})", $"{left.Max()} at most, {left.Sum()} in all");
        await Verification.CheckAsync(arena, ids, left.Sum(), "what the kills left fetched and not stored");
    }

    /// <summary>How many IDs a worker that is dead had fetched and not stored: those, and no others, are fetched a second time.</summary>
    private static async Task<long> LeftAsync(Arena arena, int ids)
    {
        // The upstream may still be answering.
        await arena.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 0).WaitAsync(Arena.Patience, TimeProvider.System);
        long stored = (await arena.NumbersAsync("SELECT count(*) FROM ingestion.outcomes"))[0];
        return Enumerable.Range(1, ids).Count(id => arena.Upstream.Statistics.Successes(id) > 0) - stored;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
