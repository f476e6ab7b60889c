namespace Worker.Hosting;

/// <summary>
/// Makes loggers that pass on a warning the first ten times. When it comes more often, they say once a minute how often that was, until it stays away for a minute. It is the same
/// warning when its event and its texts are the same, whatever items and numbers it names.
/// </summary>
internal sealed partial class RepetitionFilter : ILoggerFactory
{
    private const int FirstTimes = 10;

    /// <summary>What is kept in mind at once; beyond that, all warnings of an event are taken for the same.</summary>
    private const int MaxKinds = 1_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly LoggerFactory _inner;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Kind> _kinds = new(StringComparer.Ordinal);

    public RepetitionFilter(IEnumerable<ILoggerProvider> providers, IOptionsMonitor<LoggerFilterOptions> filters, IOptions<LoggerFactoryOptions> options, TimeProvider timeProvider)
    {
        _inner = new LoggerFactory(providers, filters, options);
        _timer = timeProvider.CreateTimer(_ => SayHowOften(), null, Interval, Interval);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, _inner.CreateLogger(categoryName), categoryName);

    public void AddProvider(ILoggerProvider provider) => _inner.AddProvider(provider);

    public void Dispose()
    {
        _timer.Dispose();
        SayHowOften();
        _inner.Dispose();
    }

    /// <summary>Numbers that stand alone, as in the reasons of dead letters; the status of HTTP and that of SQL say what it is.</summary>
    [GeneratedRegex("(?<=[ /])(?<!HTTP )(?<!SQLSTATE )[0-9]+(?![0-9A-Za-z.:])", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Numbers();

    /// <summary>Whether it has come often enough already; then it is counted.</summary>
    private bool IsRepetition<TState>(Logger logger, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> format)
    {
        string key = $"{logger.Category} {eventId.Id}";
        string detailed = key + string.Concat((state as IEnumerable<KeyValuePair<string, object?>> ?? []).Select(pair => pair.Value).OfType<string>().Select(text => "\n" + Numbers().Replace(text, "N")));
        lock (_lock)
        {
            if (_kinds.Count < MaxKinds || _kinds.ContainsKey(detailed))
                key = detailed;
            if (!_kinds.TryGetValue(key, out Kind? kind))
                _kinds[key] = kind = new Kind(logger);
            if (++kind.Times <= FirstTimes)
                return false;

            kind.Unsaid++;
            kind.Latest = format(state, exception);
            return true;
        }
    }

    private void SayHowOften()
    {
        List<(Kind Kind, long Times, string Latest)> unsaid = [];
        lock (_lock)
        {
            foreach ((string key, Kind kind) in _kinds.ToArray())
            {
                if (kind.Times == kind.TimesBefore)
                    _kinds.Remove(key);
                if (kind.Unsaid > 0)
                    unsaid.Add((kind, kind.Unsaid, kind.Latest));
                (kind.Unsaid, kind.TimesBefore) = (0, kind.Times);
            }
        }

        foreach ((Kind kind, long times, string latest) in unsaid)
            Log.Repeated(kind.Logger.Inner, times, latest);
    }

    /// <summary>Warnings that are the same. Guarded by the lock of the filter.</summary>
    private sealed class Kind(Logger logger)
    {
        public Logger Logger => logger;

        public long Times { get; set; }

        public long TimesBefore { get; set; }

        public long Unsaid { get; set; }

        public string Latest { get; set; } = "";
    }

    private sealed class Logger(RepetitionFilter filter, ILogger inner, string category) : ILogger
    {
        public ILogger Inner => inner;

        public string Category => category;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel < LogLevel.Warning || !inner.IsEnabled(logLevel) || !filter.IsRepetition(this, eventId, state, exception, formatter))
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
