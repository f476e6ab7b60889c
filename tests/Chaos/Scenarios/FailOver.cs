using System.Globalization;
using Npgsql;
using TestSupport.Postgres;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>kill -9 of the primary in the middle of a run; its synchronous standby is promoted, and the worker, which was given both hosts, goes on there.</summary>
internal static class FailOver
{
    private static readonly TimeSpan TakeOver = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Arena arena)
    {
        int ids = arena.IsLong ? 20_000 : 3_000;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(20) };
        await using PostgresCluster next = await arena.Postgres.CreateStandbyAsync();
        await WaitForCommitsOnBothAsync(arena);
        var hosts = new NpgsqlConnectionStringBuilder(arena.Database)
        {
            Host = $"127.0.0.1:{arena.Postgres.Port},127.0.0.1:{next.Port}",
            TargetSessionAttributes = "primary",
        };

        WorkerProcess worker = arena.StartWorker($"--ids 1-{ids} --strategy Pipeline --dop 16", ("ConnectionStrings__Postgres", hosts.ConnectionString));
        await arena.WaitForRequestsAsync(worker, arena.Moments(3, ids)[1]);
        long since = TimeProvider.System.GetTimestamp();
        await arena.Postgres.KillAsync(Signal.Kill);
        arena.Note($"the primary was killed after {arena.Upstream.Statistics.TotalRequests} requests");
        await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(Outage.IsSaid, Arena.Patience), "the worker notices that the primary is gone");
        // Nobody promotes at once, and until then the standby must be left alone.
        await arena.IdleAsync(TimeSpan.FromSeconds(3));
        arena.Database = new NpgsqlConnectionStringBuilder(arena.Database) { Port = next.Port }.ConnectionString;
        long stored = (await arena.NumbersAsync("SELECT count(*) FROM ingestion.outcomes"))[0];
        await next.PromoteAsync();
        TimeSpan away = TimeProvider.System.GetElapsedTime(since);
        arena.Note($"the standby was promoted {away} later, with {stored} outcomes");

        since = TimeProvider.System.GetTimestamp();
        await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => line.Contains("can be used again", StringComparison.Ordinal), Arena.Patience), "the worker goes on");
        TimeSpan took = TimeProvider.System.GetElapsedTime(since);
        ProcessResult result = await arena.WaitForEndAsync(worker);

        Checks.Say(Seconds($"{ids} IDs; {away.TotalSeconds:0.0} s without a primary, {took.TotalSeconds:0.0} s from the promotion until the worker could use the new primary"));
        arena.Checks.Expect(stored > 0 && stored < ids, "the fail-over came in the middle of the run", $"{stored} outcomes were stored before");
        arena.Checks.Expect(took < TakeOver, $"the worker goes on within {TakeOver.TotalSeconds:0} s of the promotion", Seconds($"{took.TotalSeconds:0.0} s"));
        arena.Checks.Expect(result.ExitCode == 0, "one worker lives through it, exit code 0", $"exit code {result.ExitCode}");
        await Verification.CheckAsync(arena, ids, again: 0, "the worker was never killed");
    }

    /// <summary>From now on a commit returns when the standby has it, so that a promotion loses nothing.</summary>
    private static async Task WaitForCommitsOnBothAsync(Arena arena)
    {
        await arena.ExecuteAsync("ALTER SYSTEM SET synchronous_standby_names = '*'");
        await arena.ExecuteAsync("SELECT pg_reload_conf()");
        long since = TimeProvider.System.GetTimestamp();
        while ((await arena.NumbersAsync("SELECT count(*) FROM pg_stat_replication, pg_sleep(0.01) WHERE sync_state = 'sync'"))[0] == 0)
        {
            if (TimeProvider.System.GetElapsedTime(since) > Arena.Patience)
                throw new ChaosException($"the standby did not become a synchronous one within {Arena.Patience.TotalSeconds:0} s");
        }
    }

    private static string Seconds(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
