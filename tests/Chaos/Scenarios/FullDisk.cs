using System.Globalization;
using TestSupport.Faults;
using TestSupport.Postgres;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Chaos.Scenarios;

/// <summary>The disk under PostgreSQL fills up, again and again in one run, until somebody makes room; the disk for the reports is full from beginning to end.</summary>
internal static class FullDisk
{
    private const int DatabaseMiB = 192;
    private const int ReportsMiB = 8;

    /// <summary>So many statements find no room before somebody makes some: with the pauses in between, some seconds.</summary>
    private const int Refusals = 6;

    public static async Task RunAsync(Arena arena)
    {
        await using SmallDisk? disk = await SmallDisk.TryMountAsync(DatabaseMiB);
        await using SmallDisk? reports = await SmallDisk.TryMountAsync(ReportsMiB);
        if (disk is null || reports is null)
        {
            arena.Checks.LeaveOut("full-disk", "a disk that fills up is a small file system in memory, which only a privileged process may mount (root with CAP_SYS_ADMIN)");
            return;
        }

        int ids = arena.IsLong ? 20_000 : 3_000;
        int times = arena.IsLong ? 8 : 2;
        arena.Upstream.Options = new SimulatorOptions { Characters = ids, Latency = TimeSpan.FromMilliseconds(20) };
        // Small segments of the log, so that it has to grow, too.
        await using var server = new PostgresCluster { Parent = disk.Folder, InitArguments = ["--wal-segsize=1"], Settings = ["max_wal_size=16MB", "min_wal_size=2MB"] };
        await server.CreateAsync();
        arena.Database = await server.CreateDatabaseAsync();
        string trace = Path.Combine(arena.NewFolder("reports"), "trace.json");

        WorkerProcess worker = arena.StartWorker($"--ids 1-{ids} --strategy Pipeline --dop 16 --summary {reports.Folder}/run.json --report {reports.Folder}/run.html --chrome-trace {trace}", ("Recording__Folder", reports.Folder));
        long[] moments = arena.Moments(times + 1, ids)[..times];
        int middles = 0, ended = 0;
        for (int time = 0; time < times; time++)
        {
            await arena.WaitForRequestsAsync(worker, moments[time]);
            int said = worker.StandardError.Count(Outage.IsSaid);
            Task refused = server.WaitForOutputAsync("No space left on device", Refusals);
            disk.Fill();
            arena.Note($"the disk is full after {arena.Upstream.Statistics.TotalRequests} requests");
            await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => Outage.IsSaid(line) && --said < 0, Arena.Patience), "the worker notices that there is no room");
            middles += arena.Upstream.Statistics.TotalRequests < ids ? 1 : 0;
            if (time == 0)
                await AskForReportAsync(worker, reports);
            await Task.WhenAny(refused, server.Ended);
            int before = worker.StandardError.Count(Outage.IsOver);
            disk.MakeRoom();
            Task over = Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => Outage.IsOver(line) && --before < 0, Arena.Patience), "the worker notices that there is room again");
            // No room for its log has ended the server, or ends it yet; whoever makes room starts it again.
            while (await Task.WhenAny(over, server.Ended) != over)
            {
                ended++;
                await server.WaitForExitAsync();
                await server.StartAsync();
            }

            await over;
        }

        ProcessResult result = await arena.WaitForEndAsync(worker);

        Checks.Say(string.Create(CultureInfo.InvariantCulture, $"{ids} IDs, the disk was full {times} times, until {Refusals} statements had found no room; {ended} times that ended the server"));
        arena.Checks.Expect(middles == times, "the disk was full in the middle of the run", $"{middles} of {times}");
        arena.Checks.Expect(result.ExitCode == 0, "one worker lives through it, exit code 0", $"exit code {result.ExitCode}");
        await Verification.CheckAsync(arena, ids, again: 0, "the worker was never killed");
        string[] warnings = [.. worker.StandardError.Where(line => line.Contains("a file about the run could not be written: No space left", StringComparison.Ordinal))];
        string[] left = [.. Directory.GetFiles(reports.Folder).Select(file => Path.GetFileName(file))];
        arena.Checks.Expect(warnings.Length == 2 && left is ["ballast"] && new FileInfo(trace) is { Exists: true, Length: > 0 },
            "files about the run that find no room are said, leave nothing half written, and keep neither the run nor a file elsewhere", $"{warnings.Length} of 2 said; on the full disk: {string.Join(", ", left)}");
    }

    /// <summary>A report of the latest attempts that finds no room, and one that does.</summary>
    private static async Task AskForReportAsync(WorkerProcess worker, SmallDisk reports)
    {
        reports.Fill();
        worker.Send(Signal.User1);
        await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => line.Contains("The latest attempts cannot be written", StringComparison.Ordinal), Arena.Patience), "the worker says that the report finds no room");
        reports.MakeRoom();
        worker.Send(Signal.User1);
        string line = await worker.WaitForOutputAsync(text => text.Contains("The latest attempts are in", StringComparison.Ordinal), Arena.Patience);
        File.Delete(Directory.GetFiles(reports.Folder, "*-signal-*.html").Single());
        reports.Fill();
        Checks.Say($"without room: a warning; with room again: {line[line.IndexOf("The latest", StringComparison.Ordinal)..]}");
    }
}
