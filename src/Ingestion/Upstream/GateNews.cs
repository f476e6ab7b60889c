namespace Ingestion.Upstream;

/// <summary>Tells everybody whom it concerns what became of the gate: the log, and whoever waits for an upstream that is given up. Safe from any thread.</summary>
internal sealed class GateNews(UpstreamOptions options, ILogger logger) : IDisposable
{
    private readonly CancellationTokenSource _givenUp = new();
    private volatile string? _problem;
    private volatile string? _whyClosed;

    public CancellationToken GivenUp => _givenUp.Token;

    public string? Problem => _problem;

    /// <summary>What closed the gate, or kept it closed, last.</summary>
    public string? WhyClosed => _whyClosed;

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
