namespace Ingestion.Runs;

/// <summary>What identifies a run on its spans, and its own small trace, none of whose spans stays open while the run goes on.</summary>
internal sealed record RunTags(string RunId, string Source, string Strategy, int DegreeOfParallelism)
{
    public void AddTo(Activity? activity)
    {
        if (activity is not { IsAllDataRequested: true })
            return;

        activity.SetTag(TagNames.RunId, RunId);
        activity.SetTag(TagNames.Source, Source);
        activity.SetTag(TagNames.Strategy, Strategy);
        activity.SetTag(TagNames.DegreeOfParallelism, DegreeOfParallelism);
    }

    public ActivityContext Started(long? requested)
    {
        Activity.Current = null;
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.RunStarted);
        AddTo(span);
        span?.SetTag(TagNames.Requested, requested);
        return span?.Context ?? default;
    }

    public void Finished(ActivityContext started, RunSummary summary)
    {
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.RunFinished, ActivityKind.Internal, started);
        if (span is not { IsAllDataRequested: true })
            return;

        AddTo(span);
        span.SetTag(TagNames.Requested, summary.Requested);
        span.SetTag(TagNames.Ingested, summary.Counts.Ingested);
        span.SetTag(TagNames.Unchanged, summary.Counts.Unchanged);
        span.SetTag(TagNames.NotFound, summary.Counts.NotFound);
        span.SetTag(TagNames.Failed, summary.Counts.Failed);
        span.SetTag(TagNames.Retries, summary.Retries);
        span.SetTag(TagNames.IsComplete, summary.IsComplete);
    }
}
