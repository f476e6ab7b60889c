namespace Ingestion.Runs.Recording;

/// <summary>A moment at which somebody changed something about a run that was going on.</summary>
/// <param name="At">When, from the start of the run, or as <see cref="RecentAttempts"/> counts time.</param>
/// <param name="Text">What, in a few words.</param>
public readonly record struct RunMark(TimeSpan At, string Text);
