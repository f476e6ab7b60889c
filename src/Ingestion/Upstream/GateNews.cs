namespace Ingestion.Upstream;

/// <summary>Tells everybody whom it concerns what became of the gate: the log, and whoever waits for an upstream that the worker stopped asking. Safe from any thread.</summary>
internal sealed class GateNews(UpstreamOptions options, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _givenUp = new();
    private volatile string? _problem;
    private volatile string? _whyClosed;
    private volatile bool _hasQuota;

    public CancellationToken GivenUp => _givenUp.Token;

    public string? Problem => _problem;

    /// <summary>What closed the gate, or kept it closed, last.</summary>
    public string? WhyClosed => _whyClosed;

    /// <summary>A quota that the upstream announced has been used up before.</summary>
    public bool HasQuota => _hasQuota;

    /// <summary>The gate is closed because an announced quota is used up. Said once: it goes on like this until the end of the run.</summary>
    /// <param name="quota">The quota.</param>
    /// <param name="until">When the next request is made.</param>
    public void Tell(Quota quota, DateTimeOffset until)
    {
        string what = quota.Limit is { } limit ? $"the quota of {limit} requests is used up" : "no more requests are allowed for now";
        string why = string.Create(CultureInfo.InvariantCulture, $"{what} until {until.UtcDateTime:HH:mm:ss} UTC, as the upstream announced ({quota.Header})");
        _whyClosed = why;
        if (!_hasQuota)
            logger.QuotaUsedUp(FetchFailures.Display(options.BaseAddress), why);
        _hasQuota = true;
    }

    /// <param name="transition">What became of the gate.</param>
    /// <param name="failure">What did it, when it was a failure.</param>
    public void Tell(GateTransition transition, FetchFailure? failure)
    {
        if (transition == default)
            return;

        string address = FetchFailures.Display(options.BaseAddress);
        string advice = failure?.Advice is { } sentence ? $" {sentence}." : "";
        if (transition.ClosedFor is { } pause)
        {
            _whyClosed = failure?.Reason;
            logger.GateClosed(pause, failure?.Reason ?? "");
        }

        if (transition.ReopenedAfter is { } closed)
            logger.GateReopened(closed);
        if (transition.IsRefused)
            logger.UpstreamRefuses(address, failure!.Reason, advice, options.RefusalTimeout);
        if (transition.GivenUp is not { } why || Interlocked.CompareExchange(ref _problem, $"The upstream {address} {why}: {failure!.Reason}.{advice}", null) is not null)
            return;

        logger.UpstreamGivenUp(_problem!);
        _givenUp.Cancel();
    }

    public void Dispose() => _givenUp.Dispose();
}
