using Ingestion.Configuration;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TestSupport.Time;
using Worker.Commands;
using Worker.Hosting;
using Worker.Reports;

namespace Worker.Tests;

public sealed class IngestionWorkerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ManualLifetime _lifetime = new();
    private readonly StopSignals _signals = new();
    private readonly WorkerOutcome _outcome = new();
    private readonly ScriptedRunner _runner = new();
    private readonly ScriptedSchema _schema = new();
    private readonly StringWriter _output = new();
    private readonly FixedOptions _options = new();

    public void Dispose()
    {
        _lifetime.Dispose();
        _signals.Dispose();
        _output.Dispose();
    }

    [Theory]
    [InlineData(0, true, ExitCodes.Success)]
    [InlineData(1, true, ExitCodes.SomeItemsFailed)]
    [InlineData(0, false, ExitCodes.Stopped)]
    [InlineData(1, false, ExitCodes.Stopped)]
    public async Task The_exit_code_says_how_the_run_ended(long failed, bool isComplete, int expected)
    {
        _runner.Next = (_, _) => Task.FromResult(Runs.Summary(failed: failed, isComplete: isComplete));
        await RunToEndAsync();

        Assert.Equal(expected, _outcome.ExitCode);
        Assert.True(_lifetime.ApplicationStopping.IsCancellationRequested);
        Assert.Contains("items per second", _output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 1, ExitCodes.SomeItemsFailed)]
    [InlineData("1", 1, ExitCodes.Success)]
    [InlineData("1", 2, ExitCodes.SomeItemsFailed)]
    [InlineData("20%", 2, ExitCodes.Success)]
    [InlineData("19.9%", 2, ExitCodes.SomeItemsFailed)]
    [InlineData("100%", 10, ExitCodes.Success)]
    [InlineData("0%", 0, ExitCodes.Success)]
    public async Task The_exit_code_of_failures_comes_only_beyond_what_is_allowed(string allowed, long failed, int expected)
    {
        Assert.True(FailureAllowance.TryParse(allowed, out FailureAllowance allowance));
        _runner.Next = (_, _) => Task.FromResult(Runs.Summary(ingested: 10 - failed, failed: failed) with { FailAbove = allowance });
        await RunToEndAsync();

        Assert.Equal(expected, _outcome.ExitCode);
    }

    [Fact]
    public async Task A_run_that_finished_although_a_signal_came_has_finished()
    {
        _runner.Next = (_, _) =>
        {
            _lifetime.StopApplication();
            return Task.FromResult(Runs.Summary());
        };
        await RunToEndAsync();
        Assert.Equal(ExitCodes.Success, _outcome.ExitCode);
    }

    [Fact]
    public async Task A_stop_while_waiting_for_the_database_ends_the_worker_at_once()
    {
        _schema.Ready = token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
        Task ended = RunToEndAsync();
        _lifetime.StopApplication();
        await ended;

        Assert.Equal(ExitCodes.Stopped, _outcome.ExitCode);
        Assert.False(_outcome.IsFaulted);
        Assert.Equal(0, _runner.Count);
    }

    [Fact]
    public async Task A_configuration_that_turns_out_not_to_work_is_78()
    {
        _schema.Ready = _ => throw new IngestionConfigurationException("ConnectionStrings:Postgres names a database that does not exist");
        await RunToEndAsync();

        Assert.Equal(ExitCodes.BadConfiguration, _outcome.ExitCode);
        using StringWriter errors = new();
        Assert.Equal(78, Failure.Report(_outcome.Problem!, errors));
        Assert.Equal($"configuration error: ConnectionStrings:Postgres names a database that does not exist{Environment.NewLine}", errors.ToString());
    }

    [Fact]
    public async Task What_is_not_available_for_longer_than_allowed_is_69()
    {
        _runner.Next = (_, _) => Task.FromException<RunSummary>(new IngestionUnavailableException("the database does not answer;\nstart it"));
        await RunToEndAsync();

        Assert.Equal(ExitCodes.Unavailable, _outcome.ExitCode);
        using StringWriter errors = new();
        Assert.Equal(69, Failure.Report(_outcome.Problem!, errors));
        Assert.Equal($"not available: the database does not answer; start it{Environment.NewLine}", errors.ToString());
    }

    [Fact]
    public async Task Anything_else_that_goes_wrong_is_1_and_the_worker_is_no_longer_alive()
    {
        _runner.Next = (_, _) => Task.FromException<RunSummary>(new InvalidOperationException("boom"));
        await RunToEndAsync();
        Assert.Equal((ExitCodes.Error, true), (_outcome.ExitCode, _outcome.IsFaulted));
    }

    [Fact]
    public async Task What_is_in_flight_is_given_up_after_the_shutdown_timeout()
    {
        _options.CurrentValue.ShutdownTimeout = TimeSpan.FromSeconds(25);
        TaskCompletionSource started = new();
        TaskCompletionSource aborted = new();
        _runner.Next = async (_, abort) =>
        {
            using CancellationTokenRegistration onAbort = abort.Register(aborted.SetResult);
            started.SetResult();
            await aborted.Task;
            throw new OperationCanceledException(abort);
        };
        Task ended = RunToEndAsync();
        await started.Task;
        _lifetime.StopApplication();
        _time.Advance(TimeSpan.FromSeconds(24));
        Assert.False(aborted.Task.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ended;
        Assert.Equal(ExitCodes.Stopped, _outcome.ExitCode);
    }

    [Fact]
    public async Task A_second_signal_gives_up_at_once()
    {
        TaskCompletionSource started = new();
        _runner.Next = async (_, abort) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, abort);
            return Runs.Summary();
        };
        Task ended = RunToEndAsync();
        await started.Task;
        _signals.Signal();
        _lifetime.StopApplication();
        Assert.False(ended.IsCompleted);
        _signals.Signal();
        await ended;
        Assert.Equal(ExitCodes.Stopped, _outcome.ExitCode);
    }

    [Fact]
    public async Task With_repeat_the_next_run_starts_that_long_after_the_last_one_ended()
    {
        _options.CurrentValue.Repeat = TimeSpan.FromHours(1);
        using SemaphoreSlim runs = new(0);
        _runner.Next = (_, _) =>
        {
            runs.Release();
            return Task.FromResult(Runs.Summary(failed: _runner.Count - 1));
        };
        Task ended = RunToEndAsync();
        await runs.WaitAsync(TestContext.Current.CancellationToken);
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(1, _runner.Count);
        _time.Advance(TimeSpan.FromMinutes(1));
        await runs.WaitAsync(TestContext.Current.CancellationToken);
        await _time.WaitForTimersAsync(1);
        _lifetime.StopApplication();
        await ended;

        // Stopped between two runs, of which the last had a failure: it has nothing left to do.
        Assert.Equal((2, ExitCodes.Success), (_runner.Count, _outcome.ExitCode));
    }

    [Theory]
    [InlineData(true, false, true, ExitCodes.Stopped)]
    [InlineData(true, true, true, ExitCodes.Success)]
    [InlineData(false, false, true, ExitCodes.Success)]
    [InlineData(true, true, false, ExitCodes.Stopped)]
    [InlineData(false, false, false, ExitCodes.Stopped)]
    public async Task A_worker_without_an_end_that_drains_cleanly_has_done_its_work(bool hasEnd, bool repeats, bool drains, int expected)
    {
        _runner.HasEnd = hasEnd;
        _options.CurrentValue.Repeat = repeats ? TimeSpan.FromHours(1) : null;
        _runner.Next = (_, _) =>
        {
            _signals.Signal();
            _lifetime.StopApplication();
            if (!drains)
                _signals.Signal();
            return Task.FromResult(Runs.Summary(failed: 1, isComplete: false));
        };
        await RunToEndAsync();
        Assert.Equal(expected, _outcome.ExitCode);
    }

    [Fact]
    public async Task A_worker_without_an_end_that_is_stopped_while_it_waits_for_the_database_has_done_its_work()
    {
        _runner.HasEnd = false;
        _schema.Ready = token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token);
        Task ended = RunToEndAsync();
        _lifetime.StopApplication();
        await ended;
        Assert.Equal(ExitCodes.Success, _outcome.ExitCode);
    }

    [Fact]
    public async Task A_worker_without_an_end_that_fails_while_it_is_stopped_has_failed()
    {
        _runner.HasEnd = false;
        _runner.Next = (_, _) =>
        {
            _lifetime.StopApplication();
            return Task.FromException<RunSummary>(new InvalidOperationException("boom"));
        };
        await RunToEndAsync();
        Assert.Equal(ExitCodes.Error, _outcome.ExitCode);
    }

    private async Task RunToEndAsync()
    {
        await using ServiceProvider services = new ServiceCollection().BuildServiceProvider();
        TelemetryFlush flush = new(new ExportedSignals(new ConfigurationBuilder().Build()), services, _time, NullLogger<TelemetryFlush>.Instance);
        RunOutput reporter = new(new NoDisplay(), flush, new SpanCounts(), new TraceViewer(viewer: null, service: ""), Terminal.Plain(_output), new RunFiles(), new RecentAttempts(_time), _time);
        using IngestionWorker worker = new(_schema, _runner, reporter, _outcome, _signals, _options, _lifetime, _time, NullLogger<IngestionWorker>.Instance);
        await worker.StartAsync(TestContext.Current.CancellationToken);
        await worker.ExecuteTask!;
    }

    private sealed class NoDisplay : IProgressDisplay
    {
        public Task ShowUntilAsync(Task run) => Task.CompletedTask;
    }

    private sealed class ScriptedRunner : IIngestionRunner
    {
        public bool HasEnd { get; set; } = true;

        public Func<CancellationToken, CancellationToken, Task<RunSummary>> Next { get; set; } = (_, _) => Task.FromResult(Runs.Summary());

        public int Count { get; private set; }

        public RunProgress Progress => default;

        public Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort)
        {
            Count++;
            return Next(stopReading, abort);
        }
    }

    private sealed class ScriptedSchema : ISchema
    {
        public Func<CancellationToken, Task> Ready { get; set; } = _ => Task.CompletedTask;

        public Task EnsureReadyAsync(CancellationToken cancellationToken) => Ready(cancellationToken);

        public Task<IReadOnlyList<string>> MigrateAsync(bool mayRewrite, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class FixedOptions : IOptionsMonitor<IngestionOptions>
    {
        public IngestionOptions CurrentValue { get; } = new();

        public IngestionOptions Get(string? name) => CurrentValue;

        public IDisposable? OnChange(Action<IngestionOptions, string?> listener) => null;
    }
}
