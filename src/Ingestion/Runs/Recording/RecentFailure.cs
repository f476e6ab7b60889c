namespace Ingestion.Runs.Recording;

/// <summary>A reason that attempts failed for lately.</summary>
/// <param name="Reason">One line for a person.</param>
/// <param name="Count">How often, since it was first among the latest reasons.</param>
/// <param name="Key">The item it happened to last.</param>
/// <param name="At">When that was, from the start of the process.</param>
public sealed record RecentFailure(string Reason, long Count, ItemKey Key, TimeSpan At);
