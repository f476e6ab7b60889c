namespace Worker.Hosting;

/// <summary>A signal, whether it goes to a collector, and what the collector said last. Written by the thread that sends it, read by any.</summary>
internal sealed class ExportedSignal(IConfiguration configuration, string signal)
{
    private readonly string? _whyNot = OtlpSettings.WhyNotExported(configuration, signal);
    private string? _news;

    /// <summary>There is something new to take with <see cref="TakeNews"/>.</summary>
    public event Action<ExportedSignal>? HasNews;

    /// <summary>In lower case: traces, metrics or logs.</summary>
    public string Name { get; } = signal.ToLowerInvariant();

    /// <summary>Why it is not exported; null when it is.</summary>
    public string? WhyNot => IsRefused ? $"the collector does not take {Name} ({Problem})" : _whyNot;

    /// <summary>Where it goes, fit to be shown.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The collector takes none of it, so nothing more is sent.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>Why it is refused, or why it cannot be sent since the last time that it could; null when it can.</summary>
    public string? Problem { get; private set; }

    public void Configure(OtlpExporterOptions options)
    {
        OtlpSettings.Configure(options, configuration, signal);
        Address = options.Endpoint.GetLeftPart(UriPartial.Path);
        options.HttpClientFactory = () => new HttpClient(OtlpSettings.CreateHandler(configuration, signal, this))
        {
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
            MaxResponseContentBufferSize = options.MaxResponseSizeBytes,
        };
    }

    public void Sent() => Problem = null;

    /// <summary>There is news only until something is sent again: while a collector is away, the reasons come and go.</summary>
    public void NotSent(string reason, bool isRefused = false)
    {
        if (Problem is not null && !isRefused)
            return;

        IsRefused |= isRefused;
        Problem = _news = reason;
        HasNews?.Invoke(this);
    }

    /// <summary>The latest problem, if nobody has taken it yet.</summary>
    public string? TakeNews() => Interlocked.Exchange(ref _news, null);
}
