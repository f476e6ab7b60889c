using Ingestion.Telemetry;

namespace Ingestion.Storage.Committing;

/// <summary>Places a transaction in the trace of the first item it commits.</summary>
internal static class CommitSpan
{
    /// <summary>Links make a span heavy; 128 is also the limit the OpenTelemetry SDK sets by default, https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits.</summary>
    private const int MaxLinks = 128;

    /// <summary>
    /// Starts the span, or without a recorded item makes the first item's unsampled span the current one, so that the spans of the driver share its fate
    /// instead of starting traces of their own. Both last until the calling async method returns.
    /// </summary>
    public static Activity? Start(ReadOnlySpan<PendingEntry> batch, Guid runId)
    {
        Activity? parent = null;
        List<ActivityLink>? links = null;
        foreach (PendingEntry pending in batch)
        {
            if (pending.Entry.Trace is not { Recorded: true } trace)
                continue;

            if (parent is null)
                parent = trace;
            else if ((links ??= []).Count < MaxLinks)
                links.Add(new ActivityLink(trace.Context));
            else
                break;
        }

        Activity? span = parent is null ? null : IngestionActivity.Source.StartActivity(
            IngestionActivity.CommitBatch, ActivityKind.Internal, parent.Context, [new(TagNames.RunId, runId.ToString()), new(TagNames.BatchSize, batch.Length)], links);
        if (span is null && FirstTrace(batch) is { } unsampled)
            Activity.Current = unsampled;
        return span;
    }

    private static Activity? FirstTrace(ReadOnlySpan<PendingEntry> batch)
    {
        foreach (PendingEntry pending in batch)
        {
            // A stopped activity cannot be the current one.
            if (pending.Entry.Trace is { IsStopped: false } trace)
                return trace;
        }

        return null;
    }
}
