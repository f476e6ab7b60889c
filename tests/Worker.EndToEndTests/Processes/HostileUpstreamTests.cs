using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Worker.EndToEndTests.Processes;

/// <summary>An upstream that does its worst: every ID gets the outcome it should, and the worker stays small.</summary>
public sealed class HostileUpstreamTests(PostgresServer postgres)
{
    private const int Rounds = 2;
    private const long MaxResidentKilobytes = 300 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    private static readonly HostileAnswer[] Answers =
    [
        .. HostileAnswers.All.Select(answer => answer with { Fault = $"*{answer.Fault}" }),
        new("429,429,ok", "Ingested", "", ""),
        new("429@1,ok", "Ingested", "", ""),
        new("503@1,ok", "Ingested", "", ""),
    ];

    [Theory]
    [InlineData("Async")]
    [InlineData("ThreadPool")]
    [InlineData("Pipeline")]
    public async Task Every_hostile_answer_ends_as_it_should_and_memory_stays_small(string strategy)
    {
        HostileAnswer?[] plan = Plan();
        int last = plan.Length;
        Dictionary<int, HostileAnswer> hostile = plan.Index().Where(entry => entry.Item is not null).ToDictionary(entry => entry.Index + 1, entry => entry.Item!);
        int[] healthy = [.. Enumerable.Range(1, last).Where(id => !hostile.ContainsKey(id))];
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions
        {
            Characters = last,
            Faults = FaultPlan.Parse(string.Join(';', hostile.Select(pair => $"{pair.Key}:{pair.Value.Fault}"))),
        });
        await using WorkerProcess worker = stage.Start(
            $"run --ids 1-{last} --strategy {strategy} --dop 16 --repeat 1h", ("Upstream__AttemptTimeout", AttemptTimeout.ToString()), ("Upstream__MaxAttempts", "2"));
        await worker.WaitForOutputAsync(line => line.Contains("The next run starts in", StringComparison.Ordinal), Patience);
        long peak = PeakResidentKilobytes(worker.Id);
        TestContext.Current.TestOutputHelper?.WriteLine($"{strategy}: {last} IDs, at most {peak} KB resident");
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        string[] outcomes = (await stage.QueryAsync<string>(
            "SELECT string_agg(concat_ws('|', item_id, outcome, coalesce(error, '')), E'\\n' ORDER BY item_id) FROM ingestion.outcomes")).Split('\n');
        Assert.Equal(Enumerable.Range(1, last), outcomes.Select(line => int.Parse(line.Split('|')[0], CultureInfo.InvariantCulture)));
        Assert.All(outcomes, line =>
        {
            string[] parts = line.Split('|', 3);
            int id = int.Parse(parts[0], CultureInfo.InvariantCulture);
            HostileAnswer expected = hostile.GetValueOrDefault(id) ?? new HostileAnswer("ok", "Ingested", "", "");
            Assert.Equal((id, expected.Fault, expected.Outcome), (id, expected.Fault, parts[1]));
            Assert.Matches(expected.ReasonPattern(stage.Upstream.BaseAddress, id, AttemptTimeout), parts[2]);
        });

        Assert.Equal(healthy.Length, await stage.QueryAsync<long>(
            $"SELECT count(*) FROM jsonb_array_elements($json${await ReadAsync(stage, healthy)}$json$) e"
            + " JOIN ingestion.characters c ON c.id = (e->>'id')::int AND c.raw = e AND c.name = e->>'name' AND NOT c.sanitized"));
        Assert.Equal(Rounds * 3, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters WHERE sanitized AND strpos(raw::text, U&'\\FFFD') > 0"));
        AssertPrintable(result, failed: outcomes.Count(line => line.Contains("|Failed|", StringComparison.Ordinal)));
        Assert.True(peak < MaxResidentKilobytes, $"{peak} KB");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public async Task A_storm_of_429_dead_letters_nothing_and_is_not_answered_with_a_storm(int? retryAfterSeconds)
    {
        const int characters = 40;
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions
        {
            Latency = TimeSpan.FromMilliseconds(20),
            RejectAbove = 4,
            RetryAfter = retryAfterSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        });

        JsonElement summary = await stage.IngestAsync($"--ids 1-{characters} --dop 16", environment: ("Upstream__MaxAttempts", "1"));

        Assert.Equal((characters, 0), (summary.GetProperty("ingested").GetInt32(), summary.GetProperty("failed").GetInt32()));
        Assert.True(stage.Upstream.Statistics.Status(429) > 0);
        // A canary that was answered is one more.
        Assert.InRange(stage.Upstream.Statistics.TotalRequests, characters + summary.GetProperty("retries").GetInt32(), 10 * characters);
        TestContext.Current.TestOutputHelper?.WriteLine($"Retry-After {retryAfterSeconds}: {stage.Upstream.Statistics.TotalRequests} requests");
    }

    [Fact]
    public async Task A_quota_that_is_announced_is_kept_before_anything_is_refused()
    {
        const int quota = 20, windows = 3;
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(20), Quota = quota, QuotaWindow = TimeSpan.FromSeconds(2) });
        await using WorkerProcess worker = stage.Start($"run --ids 1-{quota * windows} --dop 8");
        string said = await worker.WaitForOutputAsync(line => line.Contains("limits requests", StringComparison.Ordinal), Patience);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"the quota of {quota} requests is used up until", said, StringComparison.Ordinal);
        Assert.Equal((0, quota * windows), (stage.Upstream.Statistics.Status(429), stage.Upstream.Statistics.Status(200)));
        Assert.Equal(1, (result.StandardOutput + result.StandardError).Split("limits requests").Length - 1);
    }

    [Fact]
    public async Task An_upstream_that_refuses_connections_is_waited_for()
    {
        await using Stage stage = await Stage.SetAsync(postgres);
        await stage.Upstream.PauseListeningAsync();
        await using WorkerProcess worker = stage.Start("run --ids 1-20", ("Upstream__MaxAttempts", "1"));
        string closed = await worker.WaitForOutputAsync(line => line.Contains("gate is closed", StringComparison.Ordinal), Patience);
        await stage.Upstream.ResumeListeningAsync();
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Contains($"connection refused ({stage.Upstream.BaseAddress.Authority})", closed, StringComparison.Ordinal);
        Assert.Equal(0, result.ExitCode);
        Assert.Equal(20, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
    }

    // Each answer among healthy ones, so that none is taken for an outage; then the largest, many at once.
    private static HostileAnswer?[] Plan()
    {
        HostileAnswer[] largest = [.. Answers.Where(answer => answer.Kind == "BodyTooLarge" || answer.Fault is "*endless-headers" or "*endless-header" or "*many-keys" or "*deep")];
        return
        [
            .. Enumerable.Repeat(Answers, Rounds).SelectMany(round => round).SelectMany(answer => (HostileAnswer?[])[answer, null, null]),
            .. Enumerable.Repeat(largest, 8).SelectMany(round => round),
            .. Enumerable.Repeat<HostileAnswer?>(null, 20),
        ];
    }

    // Every dead letter has its line in the log, and nothing in any line came through that a terminal would obey.
    private static void AssertPrintable(ProcessResult result, int failed)
    {
        string[] lines = [.. result.StandardError.Split('\n'), .. result.StandardOutput.Split('\n')];
        Assert.Equal(failed, lines.Where(line => line.Contains(" failed after ", StringComparison.Ordinal)).Sum(Times));
        Assert.All(lines, line => Assert.DoesNotContain(line, c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format));
    }

    /// <summary>How many dead letters a line is about: those that are alike have one together.</summary>
    /// <summary>How often a line of the log was meant: what comes again and again is counted in one.</summary>
    internal static int Times(string line) => Regex.Match(line, @" (?<times>\d+) more of these, the latest: ", RegexOptions.NonBacktracking) is { Success: true } match ? int.Parse(match.Groups["times"].Value, CultureInfo.InvariantCulture) : 1;

    private static async Task<string> ReadAsync(Stage stage, int[] ids)
    {
        using var client = new HttpClient { BaseAddress = stage.Upstream.BaseAddress };
        return await client.GetStringAsync(new Uri($"character/{string.Join(',', ids)}", UriKind.Relative));
    }

    private static long PeakResidentKilobytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Replace("VmHWM:", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }
}
