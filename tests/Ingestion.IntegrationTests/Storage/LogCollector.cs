using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Ingestion.IntegrationTests.Storage;

/// <summary>Keeps what is logged, and lets a test wait for a message.</summary>
internal sealed class LogCollector : ILoggerProvider, ILogger
{
    private readonly Channel<int> _arrivals = Channel.CreateUnbounded<int>();

    public ConcurrentQueue<(LogLevel Level, int EventId, string Message)> Messages { get; } = new();

    public int Count(int eventId) => Messages.Count(message => message.EventId == eventId);

    public string[] Texts(int eventId) => [.. Messages.Where(message => message.EventId == eventId).Select(message => message.Message)];

    /// <summary>Waits until the event has been logged; one waiting test at a time.</summary>
    public async Task WaitForAsync(int eventId)
    {
        while (Count(eventId) == 0)
            await _arrivals.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        Messages.Enqueue((logLevel, eventId.Id, formatter(state, exception)));
        _arrivals.Writer.TryWrite(eventId.Id);
    }

    public void Dispose()
    {
    }
}
