using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>What identifies a run on its spans.</summary>
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
}
