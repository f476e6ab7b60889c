namespace Worker.Reports;

/// <summary>Shows how a run goes on.</summary>
internal interface IProgressDisplay
{
    /// <summary>Returns when the run has ended, whatever its end; its result and its exception are the caller's.</summary>
    Task ShowUntilAsync(Task run);
}
