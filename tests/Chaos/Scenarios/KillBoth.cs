using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Chaos.Scenarios;

/// <summary>Worker and database are killed together, while every fourth answer of the upstream is a fault.</summary>
internal static class KillBoth
{
    private const string Strategy = "Async";
    private const int Degree = 32;

    /// <summary>A fifth of the requests fails, a twentieth is turned away.</summary>
    private const string Errors = "500=0.06,503=0.05,reset=0.04,truncated=0.03,hang=0.02,429=0.05";

    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 20_000 : 2_000;
        int kills = arena.IsLong ? 20 : 3;
        arena.Upstream.Options = new SimulatorOptions
        {
            Seed = arena.Plan.Seed,
            Characters = ids,
            Latency = TimeSpan.FromMilliseconds(20),
            ErrorRates = FaultRates.Parse(Errors),
            // Whatever chance does, some items fail for good.
            Faults = FaultPlan.Parse("100:*500;200:*503;300:*reset;400:*truncated;500:*hang"),
        };

        string command = $"{arena.ArgumentsFor(ids)} --strategy {Strategy} --dop {Degree}";
        WorkerProcess worker = arena.StartWorker(command, Settings.ForFaults);
        long[] moments = arena.Moments(kills, ids);
        int otherCodes = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            await arena.WaitForRequestsAsync(worker, moments[kill]);
            await arena.IdleAsync(TimeSpan.FromMilliseconds(200));
            Task<(ProcessResult Result, TimeSpan)> killed = arena.EndAsync(worker, Signal.Kill);
            await arena.Postgres.KillAsync(kill % 2 == 0 ? Signal.Kill : Signal.Quit);
            otherCodes += (await killed).Result.ExitCode == 128 + (int)Signal.Kill ? 0 : 1;

            Task start = arena.Postgres.StartAsync();
            worker = arena.StartWorker(command, Settings.ForFaults);
            await start;
        }

        ProcessResult last = await arena.WaitForEndAsync(worker, TimeSpan.FromMinutes(5));

        Checks.Say($"{ids} IDs, {kills} kills of both, faults committed: {string.Join(", ", arena.Upstream.Statistics.ByFault().OrderByDescending(fault => fault.Value).Select(fault => $"{fault.Value} × {fault.Key}"))}");
        arena.Checks.Expect(otherCodes == 0 && last.ExitCode == 2, "exit code 137 for the killed, 2 for the last: some items failed", $"{otherCodes} others, last {last.ExitCode}");
        await Verification.CheckAsync(arena, ids, (long)kills * InFlight.Most(Strategy, Degree), InFlight.Because(kills, Strategy, Degree), mayFail: true);
    }
}
