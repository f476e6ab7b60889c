using System.Globalization;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>SIGTERM, and every fourth time SIGINT, again and again in one run: what is in flight is finished and stored, and never asked for again.</summary>
internal static class Drain
{
    private const int Degree = 16;
    private const int Stopped = 3;
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Abort = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 20_000 : 1_500;
        int signals = arena.IsLong ? 50 : 8;
        SimulatorOptions usual = new() { Characters = ids, Latency = TimeSpan.FromMilliseconds(20), LatencyJitter = TimeSpan.FromMilliseconds(100) };
        arena.Upstream.Options = usual;
        string command = $"{arena.ArgumentsFor(ids)} --strategy Async --dop {Degree}";

        int otherCodes = 0, notStored = 0, notStopped = 0;
        List<TimeSpan> drains = [];
        long[] moments = arena.Moments(signals, ids);
        for (int i = 0; i < signals; i++)
        {
            WorkerProcess worker = Start();
            long before = arena.Upstream.Statistics.TotalRequests;
            await arena.WaitForRequestsAsync(worker, Math.Max(moments[i], before + Degree));
            await arena.IdleAsync(TimeSpan.FromMilliseconds(100));
            (ProcessResult result, TimeSpan took) = await arena.EndAsync(worker, i % 4 == 3 ? Signal.Interrupt : Signal.Terminate);
            drains.Add(took);
            otherCodes += result.ExitCode == Stopped ? 0 : 1;

            // The upstream has answered exactly what is stored now.
            long[] stored = await arena.NumbersAsync("SELECT count(*), (SELECT count(*) FROM ingestion.runs WHERE status = 'stopped') FROM ingestion.outcomes");
            notStored += stored[0] == Enumerable.Range(1, ids).Sum(arena.Upstream.Statistics.Successes) ? 0 : 1;
            notStopped += stored[1] == 1 ? 0 : 1;
        }

        (int abortCodes, TimeSpan slowestAbort) = await AbortTwiceAsync();
        arena.Upstream.Options = usual;
        ProcessResult last = await arena.WaitForEndAsync(Start());

        drains.Sort();
        Checks.Say(Seconds($"{ids} IDs, {signals} signals; a drain took {drains[drains.Count / 2].TotalSeconds:0.00} s in the median, {drains[^1].TotalSeconds:0.00} s at most"));
        arena.Checks.Expect(otherCodes == 0 && last.ExitCode == 0, $"exit code {Stopped} after each signal, 0 for the last", $"{otherCodes} others, last {last.ExitCode}");
        arena.Checks.Expect(drains[^1] < ShutdownTimeout, $"every drain ends within {ShutdownTimeout.TotalSeconds:0} s", Seconds($"{drains[^1].TotalSeconds:0.00} s at most"));
        arena.Checks.Expect(notStored == 0, "what was fetched is stored after each drain", $"{notStored} of {signals} not");
        arena.Checks.Expect(notStopped == 0, "the run is 'stopped' after each drain", $"{notStopped} of {signals} not");
        arena.Checks.Expect(abortCodes == 0 && slowestAbort < Abort, $"a second signal aborts within {Abort.TotalSeconds:0} s, exit code {Stopped}", Seconds($"{slowestAbort.TotalSeconds:0.00} s at most, {abortCodes} other codes"));
        await Verification.CheckAsync(arena, ids, again: 0, "whatever was fetched was stored");

        WorkerProcess Start(TimeSpan? attempt = null) => arena.StartWorker(command,
            ("Ingestion__ShutdownTimeout", $"{ShutdownTimeout}"), ("Upstream__AttemptTimeout", $"{attempt ?? TimeSpan.FromSeconds(10)}"));

        // With an upstream that does not answer, the second signal comes long before the shutdown timeout.
        async Task<(int OtherCodes, TimeSpan Slowest)> AbortTwiceAsync()
        {
            int others = 0;
            TimeSpan slowest = TimeSpan.Zero;
            arena.Upstream.Options = usual with { Latency = TimeSpan.FromMinutes(10) };
            foreach ((Signal first, Signal second) in new[] { (Signal.Terminate, Signal.Interrupt), (Signal.Interrupt, Signal.Terminate) })
            {
                WorkerProcess worker = Start(attempt: TimeSpan.FromMinutes(20));
                await Arena.WaitForAsync(worker, arena.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight >= Degree), "all slots are taken");
                // Two of a kind in quick succession may reach a process as one; two of different kinds do not.
                worker.Send(first);
                await arena.IdleAsync(TimeSpan.FromMilliseconds(500));
                (ProcessResult result, TimeSpan took) = await arena.EndAsync(worker, second);
                others += result.ExitCode == Stopped ? 0 : 1;
                slowest = took > slowest ? took : slowest;
                await arena.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 0).WaitAsync(Arena.Patience, TimeProvider.System);
            }

            return (others, slowest);
        }
    }

    private static string Seconds(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
