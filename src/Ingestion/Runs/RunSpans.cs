using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>The small trace that a run has of its own. Neither of its spans stays open while the run goes on.</summary>
internal static class RunSpans
{
    public static ActivityContext Started(RunTags tags, long? requested)
    {
        Activity.Current = null;
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.RunStarted);
        tags.AddTo(span);
        span?.SetTag(TagNames.Requested, requested);
        return span?.Context ?? default;
    }

    public static void Finished(RunTags tags, ActivityContext started, RunSummary summary)
    {
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.RunFinished, ActivityKind.Internal, started);
        if (span is not { IsAllDataRequested: true })
            return;

        tags.AddTo(span);
        span.SetTag(TagNames.Requested, summary.Requested);
        span.SetTag(TagNames.Ingested, summary.Counts.Ingested);
        span.SetTag(TagNames.Unchanged, summary.Counts.Unchanged);
        span.SetTag(TagNames.NotFound, summary.Counts.NotFound);
        span.SetTag(TagNames.Failed, summary.Counts.Failed);
        span.SetTag(TagNames.Retries, summary.Retries);
        span.SetTag(TagNames.IsComplete, summary.IsComplete);
    }
}
