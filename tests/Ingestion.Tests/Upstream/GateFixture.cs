using Ingestion.Upstream;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TestSupport.Time;

namespace Ingestion.Tests.Upstream;

/// <summary>A gate on a clock that is moved by hand, with what it logged.</summary>
internal sealed class GateFixture : IDisposable, IOptionsMonitor<UpstreamOptions>, ILogger<UpstreamGate>
{
    private Action<UpstreamOptions, string?>? _changed;

    public GateFixture(double? requestsPerSecond = null)
    {
        CurrentValue = new UpstreamOptions { RequestsPerSecond = requestsPerSecond };
        Gate = new UpstreamGate(this, Clock, this);
    }

    public ManualTimeProvider Clock { get; } = new();

    public UpstreamGate Gate { get; }

    public UpstreamOptions CurrentValue { get; private set; }

    public List<(LogLevel Level, string Text)> Messages { get; } = [];

    public static FetchFailure Failure(FetchFailureKind kind = FetchFailureKind.Timeout, double? retryAfter = null, int? status = null) =>
        new(kind, $"some {kind}", retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null, status);

    public void Fail(int times, FetchFailure? failure = null)
    {
        for (int i = 0; i < times; i++)
            Gate.ReportFailure(default, failure ?? Failure());
    }

    /// <summary>Enters in the given form; the blocking one on a thread of its own.</summary>
    public Task<GatePass> EnterAsync(bool blocking, CancellationToken abort = default)
    {
        int waiting = Gate.Waiting;
        if (!blocking)
            return Gate.EnterAsync(abort).AsTask();

        Task<GatePass> enter = Task.Factory.StartNew(
            () => Gate.Enter(abort), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(SpinWait.SpinUntil(() => enter.IsCompleted || Gate.Waiting > waiting, TimeSpan.FromSeconds(30)));
        return enter;
    }

    public void Change(double? requestsPerSecond)
    {
        CurrentValue = new UpstreamOptions { RequestsPerSecond = requestsPerSecond };
        _changed?.Invoke(CurrentValue, null);
    }

    public void Dispose() => Gate.Dispose();

    public UpstreamOptions Get(string? name) => CurrentValue;

    public IDisposable? OnChange(Action<UpstreamOptions, string?> listener)
    {
        _changed += listener;
        return null;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (Messages)
            Messages.Add((logLevel, formatter(state, exception)));
    }
}
