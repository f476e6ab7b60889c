namespace Ingestion.Storage.Committing;

/// <summary>Places a transaction in the trace of the first item it commits.</summary>
internal static class CommitSpan
{
    /// <summary>Links make a span heavy; 128 is also the limit the OpenTelemetry SDK sets by default, https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits.</summary>
    private const int MaxLinks = 128;

    /// <summary>Starts the span, which is current until the calling async method returns. Null without a recorded item: then the driver has no spans either.</summary>
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

        return parent is null ? null : IngestionActivity.Source.StartActivity(
            IngestionActivity.CommitBatch, ActivityKind.Internal, parent.Context, [new(TagNames.RunId, runId.ToString()), new(TagNames.BatchSize, batch.Length)], links);
    }
}
