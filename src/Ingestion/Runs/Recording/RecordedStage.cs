namespace Ingestion.Runs.Recording;

/// <summary>One stage of an attempt. Times are counted from the start of the run.</summary>
/// <param name="Stage">Which.</param>
/// <param name="Begin">When it began.</param>
/// <param name="End">When it ended.</param>
/// <param name="BeginThread">Number of the thread it began on: 1 for the first one the run used, 2 for the second, and so on.</param>
/// <param name="EndThread">Number of the thread it ended on; another one means that the work moved while it waited.</param>
public readonly record struct RecordedStage(Stage Stage, TimeSpan Begin, TimeSpan End, int BeginThread, int EndThread);
