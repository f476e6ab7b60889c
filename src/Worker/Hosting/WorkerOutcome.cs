namespace Worker.Hosting;

/// <summary>How the worker stands and what the process will end with. Written by the worker, read by the health endpoints and at the end of the process.</summary>
internal sealed class WorkerOutcome
{
    /// <summary>The schema is there and the runs may begin.</summary>
    public bool IsSchemaReady { get; set; }

    /// <summary>The worker's loop ended with an exception.</summary>
    public bool IsFaulted { get; private set; }

    /// <summary>Until a run has ended: stopped before the end.</summary>
    public int ExitCode { get; set; } = ExitCodes.Stopped;

    /// <summary>What ended the worker and is no defect: the configuration does not work, or something it needs is not available. Null otherwise.</summary>
    public Exception? Problem { get; private set; }

    public void Fail(Exception exception)
    {
        IsFaulted = true;
        ExitCode = Failure.ExitCodeOf(exception);
        if (ExitCode is not ExitCodes.Error)
            Problem = exception;
    }
}
