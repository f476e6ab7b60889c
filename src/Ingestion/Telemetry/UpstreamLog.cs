namespace Ingestion.Telemetry;

/// <summary>Log messages about the upstream: event IDs 3000 to 3099.</summary>
internal static partial class UpstreamLog
{
    [LoggerMessage(3000, LogLevel.Warning, "The upstream gate is closed for {Pause}: {Reason}. All slots wait, then one probe goes first")]
    public static partial void GateClosed(this ILogger logger, TimeSpan pause, string reason);

    [LoggerMessage(3001, LogLevel.Information, "The upstream gate is open again after {Closed}")]
    public static partial void GateReopened(this ILogger logger, TimeSpan closed);

    [LoggerMessage(3002, LogLevel.Warning, "The upstream {Address} refuses everything: {Reason}.{Advice} No item fails for it: one request at a time tries again, and the run stops when none is answered within {Timeout} (Upstream:RefusalTimeout)")]
    public static partial void UpstreamRefuses(this ILogger logger, string address, string reason, string advice, TimeSpan timeout);

    [LoggerMessage(3003, LogLevel.Error, "{Problem} The run stops; the next one does what is left")]
    public static partial void UpstreamGivenUp(this ILogger logger, string problem);

    [LoggerMessage(3004, LogLevel.Information, "The upstream {Address} limits requests: {Reason}. All slots wait until then. The worker keeps to this quota from now on, and says no more of it")]
    public static partial void QuotaUsedUp(this ILogger logger, string address, string reason);

    [LoggerMessage(3010, LogLevel.Warning, "A page of the upstream's list of all records cannot be fetched: {Reason}. Asking again in {Delay}")]
    public static partial void CatalogUnavailable(this ILogger logger, string reason, TimeSpan delay);
}
