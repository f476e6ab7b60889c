namespace Ingestion.Runs.Attempts;

/// <summary>A stage of an attempt while it goes on. Disposing of it ends the stage's span, adds up its time, and notes it where the run is recorded.</summary>
internal readonly struct StageScope(ItemAttempt attempt, Activity? span) : IDisposable
{
    /// <summary>The attempt's own where stages have none; null in a trace that is not sampled, and for a stage without one.</summary>
    public Activity? Span => span;

    public void Dispose() => attempt.End(this);
}
