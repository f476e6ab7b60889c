using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Ingestion.Characters;
using Ingestion.Runs;
using Ingestion.Sources;
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

    public RunFixture(IngestionOptions ingestion, UpstreamOptions upstreamOptions, ScriptedUpstream upstream, ManualTimeProvider? clock = null)
    {
        Clock = clock ?? new ManualTimeProvider();
        Upstream = upstream;
        Assert.True(IdRanges.TryParse(ingestion.Ids, out IdRanges? ids, out string? error), error);
        FixedOptions<UpstreamOptions> options = new(upstreamOptions);
        Gate = new UpstreamGate(options, Clock, this);
        Runner = new IngestionRunner(
            new IdsSource(ids), upstream, Gate, new RetryBudget(options, Clock), new CharacterTransformer(new FixedOptions<TransformOptions>(new TransformOptions())), Store,
            new IngestionMetrics(_services.GetRequiredService<IMeterFactory>()), new FixedOptions<IngestionOptions>(ingestion), options,
            new FixedOptions<TracingOptions>(new TracingOptions()), Clock, this);
    }

    /// <summary>Whoever is awake has gone to sleep, at a timer.</summary>
    private bool IsTimeAllThatHelps => Clock.PendingTimers > 0 && (Gate.Waiting > 0 || (Progress.Waiting > 0 && Progress.InFlight == 0));

    public ManualTimeProvider Clock { get; }

    public ScriptedUpstream Upstream { get; }

    public MemoryRunStore Store { get; } = new();

    public UpstreamGate Gate { get; }

    public IngestionRunner Runner { get; }

    /// <summary>The scope of the meter of this run, which tells it from those of tests beside it.</summary>
    public object MeterScope => _services.GetRequiredService<IMeterFactory>();

    public ConcurrentQueue<(int EventId, string Text)> Messages { get; } = [];

    public RunProgress Progress => Runner.Progress;

    /// <summary>Waits for what other threads are about to do; no time passes on the clock.</summary>
    public static void Until(Func<bool> condition, string what = "the condition") =>
        Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)), $"{what} did not come true");

    public Task<RunSummary> StartAsync() => Task.Run(() => Runner.RunAsync(CancellationToken.None, CancellationToken.None));

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
            Clock.Advance(TimeSpan.FromMilliseconds(100));
        }
    }

    public void Dispose()
    {
        Gate.Dispose();
        _services.Dispose();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Messages.Enqueue((eventId.Id, formatter(state, exception)));
}
