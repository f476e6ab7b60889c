using Ingestion.Runs.Recording;

namespace Ingestion.Runs;

/// <summary>What a run had used up at a moment: the difference of two is what it took between them.</summary>
internal readonly record struct RunMark(long Requests, StageTimes Times, RunResources Resources);
