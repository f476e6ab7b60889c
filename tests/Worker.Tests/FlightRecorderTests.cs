using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using Microsoft.Extensions.Options;
using TestSupport.Time;
using Worker.Recording;
using Worker.Reports;
using RecordingOptions = Worker.Recording.RecordingOptions;

namespace Worker.Tests;

public sealed class FlightRecorderTests : IDisposable
{
    private const string Run = "0198f1d2-0000-7000-8000-000000000001";

    private readonly ManualTimeProvider _clock = new();
    private readonly RunHealth _health = new();
    private readonly ListLogger _log = new();
    private readonly LiveFramesTests.OneRun _run = new();
    private readonly RecentAttempts _recent;
    private readonly string _folder = Directory.CreateTempSubdirectory("recording-").FullName;

    public FlightRecorderTests()
    {
        _recent = new RecentAttempts(_clock);
        _run.Moment = new RunMoment(
            Guid.Parse(Run), "ids:1-10", "Async", TimeSpan.Zero, IsOver: false, 10, new OutcomeCounts(1, 2, 3, 4), 5, new RunSample(TimeSpan.FromSeconds(1), 5, 6, 7, 5), 8, TimeSpan.Zero, null, []);
    }

    private string[] Files => [.. Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_report_that_is_asked_for_is_written_once_a_minute_with_time_cause_and_run_in_its_name()
    {
        using FlightRecorder recorder = Create(new() { Folder = _folder });
        recorder.Ask();
        await recorder.LookAsync();
        Assert.Empty(Files);

        Attempt(1, TimeSpan.FromSeconds(1));
        await recorder.LookAsync();
        string first = Assert.Single(Files);
        Assert.Equal($"{_clock.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-signal-{Run}.html", first);
        await LookAfterAsync(recorder, 59);
        recorder.Ask();
        await recorder.LookAsync();
        Assert.Single(Files);
        Assert.Contains("less than a minute old", _log.Lines[^1], StringComparison.Ordinal);

        _clock.Advance(TimeSpan.FromSeconds(1));
        recorder.Ask();
        await recorder.LookAsync();
        await recorder.LookAsync();

        Assert.Equal(2, Files.Length);
        Assert.Equal(first, Files[0]);
    }

    [Fact]
    public async Task A_stall_is_one_report_however_long_it_takes_and_the_next_stall_another()
    {
        using FlightRecorder recorder = Create(new() { Folder = _folder });
        Attempt(1, TimeSpan.FromSeconds(1));
        AttemptRecord open = _recent.Begin(new WorkItem(new SourceItem(2)), 3, _clock.GetTimestamp(), 1, isSlotHeldToTheEnd: true);
        open.BeginStage(Stage.Persist, _clock.GetTimestamp(), 1);

        _health.ReportStalled("no item has ended for 00:05:00 although 1 are in flight");
        for (int second = 0; second < 200; second++)
            await LookAfterAsync(recorder, 1);

        string page = await File.ReadAllTextAsync(Path.Combine(_folder, Assert.Single(Files)), TestContext.Current.CancellationToken);
        Assert.Contains("Written because no item has ended for 00:05:00 although 1 are in flight", page, StringComparison.Ordinal);
        Assert.Contains("the latest 2 attempts, of which 1 go on", page, StringComparison.Ordinal);
        Assert.Contains("\"still open\"", page, StringComparison.Ordinal);

        _health.ReportProgress();
        await LookAfterAsync(recorder, 60);
        _health.ReportStalled("again");
        await LookAfterAsync(recorder, 1);
        Assert.Equal(["stall", "stall"], Files.Select(file => file.Split('-')[1]));
    }

    [Fact]
    public async Task An_attempt_that_takes_longer_than_is_wanted_is_a_cause_whether_it_has_ended_or_not()
    {
        using FlightRecorder recorder = Create(new() { Folder = _folder, SlowAttempt = TimeSpan.FromSeconds(10) });
        Attempt(1, TimeSpan.FromSeconds(10));
        await recorder.LookAsync();
        Assert.Empty(Files);

        Attempt(2, TimeSpan.FromSeconds(11));
        Attempt(3, TimeSpan.FromSeconds(1));
        await recorder.LookAsync();
        Assert.EndsWith("because the attempt at item 2 took 11.00 s; Recording:SlowAttempt is 10.00 s", _log.Lines[^1], StringComparison.Ordinal);

        await LookAfterAsync(recorder, 60);
        _ = _recent.Begin(new WorkItem(new SourceItem(4)), 0, _clock.GetTimestamp(), 1, isSlotHeldToTheEnd: true);
        await LookAfterAsync(recorder, 12);
        Assert.EndsWith("because the attempt at item 4 took 12.00 s; Recording:SlowAttempt is 10.00 s", _log.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(2, Files.Length);
    }

    [Fact]
    public async Task As_many_failures_within_a_minute_as_are_named_are_a_cause_and_fewer_are_none()
    {
        using FlightRecorder recorder = Create(new() { Folder = _folder, FailuresPerMinute = 5 });
        for (int minute = 0; minute < 3; minute++)
        {
            for (int i = 0; i < 4; i++)
                Attempt(i, TimeSpan.Zero, "HTTP 500");
            for (int second = 0; second < 60; second++)
                await LookAfterAsync(recorder, 1);
        }

        Assert.Empty(Files);
        for (int i = 0; i < 5; i++)
            Attempt(i, TimeSpan.Zero, "HTTP 500");
        await LookAfterAsync(recorder, 1);
        Assert.Contains("-failures-", Assert.Single(Files), StringComparison.Ordinal);
        Assert.EndsWith("because 5 attempts failed within a minute; Recording:FailuresPerMinute is 5", _log.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_reports_are_kept_than_are_wanted_and_nothing_else_in_the_folder_is_touched()
    {
        string leftBehind = $"20200101T000000Z-stall-{Run}.html.17.tmp";
        string[] others = ["20200101T000000Z-stall.html", "notes.html", "run.html"];
        foreach (string name in (string[])[leftBehind, .. others])
            await File.WriteAllTextAsync(Path.Combine(_folder, name), "", TestContext.Current.CancellationToken);
        using FlightRecorder recorder = Create(new() { Folder = _folder, Keep = 3 });
        Attempt(1, TimeSpan.FromSeconds(1));
        List<string> written = [];
        for (int minute = 0; minute < 5; minute++)
        {
            recorder.Ask();
            await LookAfterAsync(recorder, 60);
            written.Add(Files.Last(file => file.Contains("-signal-", StringComparison.Ordinal)));
        }

        Assert.Equal([.. written.TakeLast(3), .. others.Order(StringComparer.Ordinal)], Files.OrderBy(others.Contains).ThenBy(file => file, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_report_written_after_the_clock_was_set_back_is_kept_and_counts_as_the_latest()
    {
        using FlightRecorder recorder = Create(new() { Folder = _folder, Keep = 2 });
        Attempt(1, TimeSpan.FromSeconds(1));
        List<string> written = [];
        foreach (int hours in (int[])[0, 0, -1, 0])
        {
            _clock.SetWallClock(TimeSpan.FromHours(hours));
            recorder.Ask();
            await LookAfterAsync(recorder, 60);
            written.Add($"{_clock.GetUtcNow().UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-signal-{Run}.html");
        }

        Assert.Equal(written[2..], Files);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_to_is_one_warning_for_each_report_and_says_what_to_do()
    {
        using FlightRecorder recorder = Create(new() { Folder = Path.Combine(_folder, "missing") });
        Attempt(1, TimeSpan.FromSeconds(1));

        recorder.Ask();
        await recorder.LookAsync();
        await LookAfterAsync(recorder, 1);

        string line = Assert.Single(_log.Lines);
        Assert.StartsWith("The latest attempts cannot be written: ", line, StringComparison.Ordinal);
        Assert.Contains("Recording:Folder has to name a folder that is there", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_that_could_not_be_written_may_be_asked_for_again_at_once()
    {
        string folder = Path.Combine(_folder, "later");
        using FlightRecorder recorder = Create(new() { Folder = folder });
        Attempt(1, TimeSpan.FromSeconds(1));
        recorder.Ask();
        await recorder.LookAsync();

        Directory.CreateDirectory(folder);
        recorder.Ask();
        await LookAfterAsync(recorder, 1);

        Assert.Single(Directory.GetFiles(folder));
    }

    [Fact]
    public async Task Without_a_folder_who_asks_is_told_what_to_set()
    {
        using FlightRecorder recorder = Create(new() { FailuresPerMinute = 1 });
        Attempt(1, TimeSpan.FromSeconds(1), "HTTP 500");

        recorder.Ask();
        await recorder.LookAsync();

        Assert.Contains("set Recording:Folder", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Empty(Files);
    }

    private FlightRecorder Create(RecordingOptions options) => new(Options.Create(options), _run, _health, _recent, new RunControl(_recent, _clock), new TraceViewer(viewer: null, service: ""), _clock, _log);

    private Task LookAfterAsync(FlightRecorder recorder, int seconds)
    {
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        return recorder.LookAsync();
    }

    private void Attempt(int id, TimeSpan took, string? error = null)
    {
        AttemptRecord record = _recent.Begin(new WorkItem(new SourceItem(id)), 0, _clock.GetTimestamp(), 1, isSlotHeldToTheEnd: true);
        record.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 1);
        _clock.Advance(took);
        record.EndStage(_clock.GetTimestamp(), 1);
        record.Finish(_clock.GetTimestamp(), 1, error is null ? Outcome.Ingested : Outcome.Failed, error);
        _recent.End(record);
    }

    private sealed class ListLogger : Microsoft.Extensions.Logging.ILogger<FlightRecorder>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(Microsoft.Extensions.Logging.LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Add(formatter(state, exception));
    }
}
