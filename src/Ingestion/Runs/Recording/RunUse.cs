namespace Ingestion.Runs.Recording;

/// <summary>What a run had done and used up by a moment, or between two.</summary>
/// <param name="Items">Items that had ended, those of an earlier process included.</param>
/// <param name="Failed">Those of them that failed.</param>
/// <param name="Retries">Attempts that failed and were made again.</param>
/// <param name="Requests">Requests made of the upstream.</param>
/// <param name="Times">Time by stage, over all attempts.</param>
/// <param name="Resources">What the process used up.</param>
internal sealed record RunUse(long Items, long Failed, long Retries, long Requests, StageTimes Times, RunResources Resources)
{
    public static RunUse operator -(RunUse left, RunUse right) => new(
        left.Items - right.Items, left.Failed - right.Failed, left.Retries - right.Retries, left.Requests - right.Requests, left.Times - right.Times, left.Resources - right.Resources);
}
