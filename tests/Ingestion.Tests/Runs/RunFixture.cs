using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Runs;
using Ingestion.Runs.Attempts;
using Ingestion.Runs.Recording;
using Ingestion.Runs.Watching;
using Ingestion.Sources;
using Ingestion.Storage;
using Ingestion.Telemetry;
using Ingestion.Upstream;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestSupport.Time;

namespace Ingestion.Tests.Runs;

/// <summary>A run in memory: the real runner, gate, queue and strategy between a scripted upstream and a store, on a clock that is moved by hand.</summary>
internal sealed class RunFixture : IDisposable, ILogger<IngestionRunner>, ILogger<UpstreamGate>
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <param name="ingestion">Its <see cref="IngestionOptions.StallTimeout"/> should be 0 where time is moved by what others wait for.</param>
    /// <param name="upstreamOptions">How the gate, the retry budget and the attempts behave.</param>
    /// <param name="upstream">What answers.</param>
    /// <param name="clock">The clock, when the upstream has it too.</param>
    /// <param name="isRecording">Whether the run is recorded.</param>
    /// <param name="source">Where the IDs come from, unless it is <see cref="IngestionOptions.Ids"/>.</param>
    /// <param name="tracing">How traces are cut.</param>
    /// <param name="suppression">What keeps requests of unsampled items quiet.</param>
    public RunFixture(
        IngestionOptions ingestion, UpstreamOptions upstreamOptions, ScriptedUpstream upstream, ManualTimeProvider? clock = null, bool isRecording = false,
        IItemSource? source = null, TracingOptions? tracing = null, ITraceSuppression? suppression = null)
    {
        Options = new ChangingOptions<IngestionOptions>(ingestion);
        Clock = clock ?? new ManualTimeProvider();
        Upstream = upstream;
        Recent = new RecentAttempts(Clock);
        Control = new RunControl(Recent, Clock);
        Storage.ReportReachable();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, _services.GetRequiredService<IMeterFactory>()))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, count, _, _) => _counts.AddOrUpdate(instrument.Name, count, (_, sum) => sum + count));
        _listener.Start();
        Assert.True(IdRanges.TryParse(ingestion.Ids, out IdRanges? ids, out string? error), error);
        FixedOptions<UpstreamOptions> options = new(upstreamOptions);
        Gate = new UpstreamGate(options, Clock, this);
        Runner = new IngestionRunner(new RunServices(
            source ?? new IdsSource(ids), upstream, Gate, new RetryBudget(options, Clock), new RecordTransformer(Resources.Character, new FixedOptions<TransformOptions>(new TransformOptions())), Store, Store, new FixedOptions<StorageOptions>(new StorageOptions()), Storage, Health,
            new IngestionMetrics(_services.GetRequiredService<IMeterFactory>()), Options, options,
            new FixedOptions<TracingOptions>(tracing ?? new TracingOptions()), new FixedOptions<RunRecorderOptions>(new RunRecorderOptions { IsOn = isRecording }), Recent, Control, Clock, this, suppression));
    }

    /// <summary>Whoever is awake has gone to sleep, at a timer: who waits at the gate, or who brings back what waits for a retry.</summary>
    private bool IsTimeAllThatHelps => Gate.Waiting > 0 ? Clock.PendingTimers > 1 : Progress.Waiting > 0 && Progress.InFlight == 0 && IsRetryAsleep && HasNoneToTake;

    // What the source has delivered waits or has ended: otherwise a thread is about to take it.
    private bool HasNoneToTake => Progress is var now && (now.Requested is not { } requested || now.Counts.Total + now.Waiting >= requested || now.Waiting >= Options.CurrentValue.ChannelCapacity);

    // The other timers of a run belong to those who look at it now and then, and to the gate.
    private bool IsRetryAsleep => Clock.PendingStates.Any(state => state is not (null or UpstreamGate or RunSampler or ItemTraces or StallDetector or RunTokens or CancellationTokenSource));

    public ManualTimeProvider Clock { get; }

    /// <summary>What the run follows of its configuration.</summary>
    public ChangingOptions<IngestionOptions> Options { get; }

    /// <summary>Called with the ID of each event, on the thread that logs it.</summary>
    public Action<int>? OnEvent { get; set; }

    public ScriptedUpstream Upstream { get; }

    public RecentAttempts Recent { get; }

    public RunControl Control { get; }

    public MemoryRunStore Store { get; } = new();

    public UpstreamGate Gate { get; }

    public IngestionRunner Runner { get; }

    public StorageHealth Storage { get; } = new();

    public RunHealth Health { get; } = new();

    public ConcurrentQueue<(int EventId, string Text)> Messages { get; } = [];

    public RunProgress Progress => Runner.Progress;

    /// <summary>What a counter has been counted up to.</summary>
    public long Counted(string counter) => _counts.GetValueOrDefault(counter);

    /// <summary>Waits for what other threads are about to do; no time passes on the clock.</summary>
    public static void Until(Func<bool> condition, string what = "the condition") =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)), $"{what} did not come true");

    public Task<RunSummary> StartAsync(CancellationToken stopReading = default, CancellationToken abort = default) =>
        Task.Run(() => Runner.RunAsync(stopReading, abort), CancellationToken.None);

    /// <summary>Runs to the end, and moves the clock whenever nothing else can happen: everybody waits for a retry or at the gate.</summary>
    public Task<RunSummary> RunAsync() => FinishAsync(StartAsync());

    /// <summary>As <see cref="RunAsync"/>, for a run that has been started.</summary>
    public async Task<RunSummary> FinishAsync(Task<RunSummary> run)
    {
        while (true)
        {
            Until(() => run.IsCompleted || IsTimeAllThatHelps, "the end of the run");
            if (run.IsCompleted)
                return await run;
            Assert.True(Clock.GetTimestamp() < TimeSpan.FromHours(3).Ticks, "the run does not end");
            Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    public void Dispose()
    {
        Gate.Dispose();
        _listener.Dispose();
        _services.Dispose();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Messages.Enqueue((eventId.Id, formatter(state, exception)));
        OnEvent?.Invoke(eventId.Id);
    }
}
