namespace Ingestion.Telemetry;

/// <summary>
/// Keeps the instrumentation of HTTP and SQL quiet where a trace is not sampled. Without it that instrumentation makes an activity for each request
/// nevertheless, to tell the upstream that it is not sampled. Whoever registers a tracing SDK knows how.
/// </summary>
public interface ITraceSuppression
{
    /// <summary>Starts no activity any more, in what the calling asynchronous method does from now on.</summary>
    void Suppress();
}
