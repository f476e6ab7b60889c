using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using TestSupport.Processes;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Chaos.Scenarios;

/// <summary>The clock of the worker is set an hour forward and back while it has run after run, under libfaketime (https://github.com/wolfcw/libfaketime); the time that passes goes on steadily.</summary>
internal static partial class Clock
{
    private const int Ids = 200;
    private const int Hour = 3600;

    /// <summary>A rate, retries after a back-off and after <c>Retry-After</c>, a pause between runs, retention and the look for stalls.</summary>
    private const string Arguments = "--strategy Async --dop 8 --repeat 100ms --live --Upstream:RequestsPerSecond=400 --Storage:KeepRuns=00:30:00 --Ingestion:StallTimeout=00:00:15";

    private static readonly int[] Offsets = [0, Hour, 0, -Hour, 0];

    public static async Task RunAsync(Arena arena)
    {
        if (FindLibrary() is not { } library)
        {
            arena.Checks.LeaveOut("clock", "there is no libfaketime; install it (apt-get install libfaketime)");
            return;
        }

        // Ten come in a second, and libfaketime looks for the new time once in a second.
        int framesOfPhase = arena.IsLong ? 200 : 30;
        arena.Upstream.Options = new SimulatorOptions
        {
            Seed = arena.Plan.Seed,
            Characters = Ids,
            Latency = TimeSpan.FromMilliseconds(5),
            ErrorRates = FaultRates.Parse("500=0.02,429=0.001"),
            RetryAfter = TimeSpan.FromSeconds(1),
        };
        string folder = arena.NewFolder("clock");
        string offset = Path.Combine(folder, "offset");
        string summary = Path.Combine(folder, "run.json");
        await SetAsync(offset, 0);
        WorkerProcess worker = arena.StartWorker($"--ids 1-{Ids} {Arguments} --summary {summary}",
            ("LD_PRELOAD", library), ("FAKETIME_TIMESTAMP_FILE", offset), ("FAKETIME_CACHE_DURATION", "1"), ("FAKETIME_DONT_FAKE_MONOTONIC", "1"), ("DONT_FAKE_MONOTONIC", "1"));
        using HttpClient client = new() { Timeout = Timeout.InfiniteTimeSpan };
        Uri page = new(LivePage().Match(await worker.WaitForOutputAsync(LivePage(), Arena.Patience)).Value);
        await arena.WaitForRequestsAsync(worker, 1);
        using CancellationTokenSource enough = new();
        Channel<long> told = Channel.CreateUnbounded<long>();
        Task watch = WatchAsync(client, new Uri(page, "events"), told.Writer, enough.Token);

        List<long> frames = [];
        List<string> phases = [];
        foreach (int seconds in Offsets)
        {
            await SetAsync(offset, seconds);
            arena.Note($"the clock is {seconds} s ahead");
            int runsBefore = Ended(worker);
            await Arena.WaitForAsync(worker, HearAsync(told.Reader, frames, framesOfPhase), "the live page is told");
            int ended = runsBefore;
            await Arena.WaitForAsync(worker, worker.WaitForOutputAsync(line => IsEnd(line) && --ended < 0, Arena.Patience), "a run ends");
            phases.Add(string.Create(CultureInfo.InvariantCulture, $"{seconds / Hour:+0;-0;0} h: {Ended(worker) - runsBefore} runs"));
        }

        bool lived = !worker.HasExited;
        (ProcessResult result, _) = await arena.EndAsync(worker, Signal.Terminate);
        await enough.CancelAsync();
        await watch;
        double elapsed = JsonDocument.Parse(await File.ReadAllBytesAsync(summary)).RootElement.GetProperty("elapsedSeconds").GetDouble();
        DateTimeOffset[] said = [.. worker.StandardError.Select(line => Time().Match(line)).Where(match => match.Success).Select(match => DateTimeOffset.Parse(match.Value, CultureInfo.InvariantCulture))];
        TimeSpan span = said.Max() - said.Min();
        int begun = worker.StandardError.Count(line => Begun().IsMatch(line));
        int odd = worker.StandardError.Count(line => line.Contains("Removed ", StringComparison.Ordinal) || line.Contains("no item has ended", StringComparison.Ordinal));
        long[] found = await arena.NumbersAsync(
            $"""
            SELECT count(*), count(*) FILTER (WHERE status = 'finished' AND stored <> {Ids}), coalesce(sum(stored - failures), 0)::bigint, count(*) FILTER (WHERE finished_at < started_at)
            FROM ingestion.runs CROSS JOIN LATERAL (
              SELECT count(*) AS stored, count(*) FILTER (WHERE outcome = 'Failed') AS failures FROM ingestion.outcomes WHERE run_id = id) AS outcomes
            """);
        long fetched = Enumerable.Range(1, Ids).Sum(arena.Upstream.Statistics.Successes);

        Checks.Say(string.Join("; ", phases));
        arena.Checks.Expect(span > TimeSpan.FromHours(1.9), "the worker's clock was an hour ahead and an hour behind", string.Create(CultureInfo.InvariantCulture, $"its lines are {span.TotalHours:0.00} h apart"));
        arena.Checks.Expect(lived, "runs end and the live page is told, whatever the clock says", $"{begun} runs begun");
        arena.Checks.Expect(frames.Zip(frames.Skip(1)).All(pair => pair.Second >= pair.First && pair.Second - pair.First < 5_000_000), "the times of the live page go on steadily", $"{frames.Count} frames");
        arena.Checks.Expect(result.ExitCode is 0 or 2 or 3, "the worker lives until the signal, exit code 0, 2 or 3", $"exit code {result.ExitCode}");
        arena.Checks.Expect(found[1] == 0 && found[2] == fetched, "every run has one outcome for each ID, and nothing was fetched and not stored", $"{found[1]} have not; {fetched} fetched, {found[2]} stored");
        arena.Checks.Expect(found[0] == begun && odd == 0, "no run is removed as too old, none is taken for stalled", $"{found[0]} of {begun} runs are there; {odd} such lines");
        arena.Checks.Expect(found[3] == 0 && elapsed is > 0 and < 60, "no run takes less than no time, or an hour", string.Create(CultureInfo.InvariantCulture, $"the last took {elapsed:0.00} s"));
    }

    /// <summary>Reads what the live page is told until that is enough: the time of each frame, in microseconds of the process.</summary>
    private static async Task WatchAsync(HttpClient client, Uri events, ChannelWriter<long> frames, CancellationToken enough)
    {
        try
        {
            using StreamReader reader = new(await client.GetStreamAsync(events, enough));
            while (await reader.ReadLineAsync(enough) is { } line)
            {
                if (FrameTime().Match(line) is { Success: true } match)
                    frames.TryWrite(long.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // That was enough, or the worker has ended.
        }
    }

    private static async Task HearAsync(ChannelReader<long> told, List<long> frames, int count)
    {
        for (int i = 0; i < count; i++)
            frames.Add(await told.ReadAsync());
    }

    /// <summary>Written beside it and moved there: whoever reads it finds all of it.</summary>
    private static async Task SetAsync(string file, int seconds)
    {
        await File.WriteAllTextAsync(file + ".new", string.Create(CultureInfo.InvariantCulture, $"{seconds:+0;-0;+0}\n"));
        File.Move(file + ".new", file, overwrite: true);
    }

    private static int Ended(WorkerProcess worker) => worker.StandardError.Count(IsEnd);

    private static bool IsEnd(string line) => line.Contains(" ended (Finished)", StringComparison.Ordinal);

    private static string? FindLibrary() => Directory.GetDirectories("/usr/lib", "*-linux-gnu").Append("/usr/lib").Select(folder => Path.Combine(folder, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);

    [GeneratedRegex(@"http://localhost:\d+/", RegexOptions.NonBacktracking)]
    private static partial Regex LivePage();

    [GeneratedRegex(@"""at"":(?<at>\d+)", RegexOptions.NonBacktracking)]
    private static partial Regex FrameTime();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", RegexOptions.NonBacktracking)]
    private static partial Regex Time();

    [GeneratedRegex(@"Run \S+ over \S+: Async with", RegexOptions.NonBacktracking)]
    private static partial Regex Begun();
}
