using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TestSupport.Time;
using Worker.Hosting;

namespace Worker.Tests;

/// <summary>What comes a thousand times does not fill the log, and nothing is left uncounted.</summary>
public sealed partial class RepetitionFilterTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly Collector _collector = new();
    private readonly RepetitionFilter _filter;
    private readonly ILogger _logger;

    public RepetitionFilterTests()
    {
        ServiceProvider services = new ServiceCollection().AddLogging(logging => logging.AddProvider(_collector)).BuildServiceProvider();
        _filter = new RepetitionFilter(
            services.GetServices<ILoggerProvider>(), services.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(), services.GetRequiredService<IOptions<LoggerFactoryOptions>>(), _time);
        _logger = _filter.CreateLogger("test");
    }

    [Fact]
    public void A_warning_that_comes_again_and_again_is_one_line_a_minute_with_how_often()
    {
        for (int i = 1; i <= 1000; i++)
            ItemFailed(_logger, i, "HTTP 503");
        _time.Advance(TimeSpan.FromMinutes(1));
        for (int i = 1; i <= 500; i++)
            ItemFailed(_logger, i, "HTTP 503");
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(12, _collector.Lines.Count);
        Assert.Equal("Item 10 failed: HTTP 503", _collector.Lines[9]);
        Assert.Equal("990 more of these, the latest: Item 1000 failed: HTTP 503", _collector.Lines[10]);
        Assert.Equal("500 more of these, the latest: Item 500 failed: HTTP 503", _collector.Lines[11]);
    }

    [Fact]
    public void Reasons_that_differ_in_more_than_numbers_are_told_apart()
    {
        for (int i = 1; i <= 100; i++)
        {
            ItemFailed(_logger, i, "HTTP 503");
            ItemFailed(_logger, i, "HTTP 500");
            ItemFailed(_logger, i, $"the record has id {i + 1}, not {i}");
        }

        _filter.Dispose();

        Assert.Equal(33, _collector.Lines.Count);
        Assert.Equal(3, _collector.Lines.Count(line => line.StartsWith("90 more of these", StringComparison.Ordinal)));
    }

    [Fact]
    public void After_a_quiet_minute_it_is_shown_as_it_comes_again()
    {
        for (int i = 1; i <= 11; i++)
            ItemFailed(_logger, i, "HTTP 503");
        _time.Advance(TimeSpan.FromMinutes(2));
        ItemFailed(_logger, 12, "HTTP 503");

        Assert.Equal(["1 more of these, the latest: Item 11 failed: HTTP 503", "Item 12 failed: HTTP 503"], _collector.Lines.Skip(10));
    }

    [Fact]
    public void What_is_no_warning_is_never_held_back()
    {
        for (int i = 1; i <= 100; i++)
            ItemEnded(_logger, i);

        Assert.Equal(100, _collector.Lines.Count);
    }

    [Fact]
    public void However_many_reasons_there_are_memory_and_lines_are_bounded()
    {
        for (int i = 1; i <= 3000; i++)
            ItemFailed(_logger, i, $"no {(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))}{(char)('a' + (i / 676))}");
        _filter.Dispose();

        // A thousand kinds, ten of those that have no place any more, and how many more there are of these.
        Assert.Equal(1_000 + 10 + 1, _collector.Lines.Count);
    }

    public void Dispose() => _filter.Dispose();

    [LoggerMessage(1, LogLevel.Warning, "Item {Key} failed: {Reason}")]
    private static partial void ItemFailed(ILogger logger, int key, string reason);

    [LoggerMessage(2, LogLevel.Information, "Item {Key} ended")]
    private static partial void ItemEnded(ILogger logger, int key);

    private sealed class Collector : ILoggerProvider, ILogger
    {
        public List<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
