namespace Ingestion.Runs;

/// <summary>
/// The tokens of one run, whoever ends it, in their order: first nothing more is read, then what is in flight is aborted, then nothing is written any more. Whoever
/// sees one of them has seen those before it, so what fails because of the last is never taken for a fault of an item.
/// </summary>
internal sealed class RunTokens : IDisposable
{
    /// <summary>How long the last commit and closing the run may take together once the run was aborted; what is not recorded then, a later run finds out for itself.</summary>
    private static readonly TimeSpan CloseAfterAbort = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopReading = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenSource _giveUp = new();
    private readonly CancellationToken _lost;
    private volatile bool _isTaken;
    private readonly ITimer _patience;
    private readonly CancellationTokenRegistration[] _registrations;

    /// <param name="stopReading">Somebody asks for the end of the run.</param>
    /// <param name="abort">It has taken too long.</param>
    /// <param name="lost">Another process has the lease, and with it the run.</param>
    public RunTokens(TimeProvider timeProvider, CancellationToken stopReading, CancellationToken abort, CancellationToken lost = default)
    {
        _lost = lost;
        _patience = timeProvider.CreateTimer(static tokens => ((RunTokens)tokens!).EndWriting(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _registrations =
        [
            stopReading.UnsafeRegister(static tokens => ((RunTokens)tokens!).EndReading(), this),
            abort.UnsafeRegister(static tokens => ((RunTokens)tokens!).OnAbort(), this),
            lost.UnsafeRegister(static tokens => ((RunTokens)tokens!).EndWriting(), this),
        ];
    }

    /// <summary>Take no more items; whoever waits at the gate leaves.</summary>
    public CancellationToken StopReading => _stopReading.Token;

    /// <summary>Abort what is in flight.</summary>
    public CancellationToken Abort => _abort.Token;

    /// <summary>Write nothing more, and wait for nobody.</summary>
    public CancellationToken GiveUp => _giveUp.Token;

    /// <summary>Whether everything else is up to another process.</summary>
    public bool IsLost => _isTaken || _lost.IsCancellationRequested;

    /// <summary>Stops reading: the run is over, or cannot go on.</summary>
    // Those who wait are told on other threads: their code must not run inside of who cancels, before the next token has fired.
    public void EndReading() => _ = _stopReading.CancelAsync();

    /// <summary>Another process has resumed the run.</summary>
    public void Lose()
    {
        _isTaken = true;
        EndWriting();
    }

    /// <summary>Waits for the end of something that may not let go. It is left behind when nothing is written any more.</summary>
    public async Task LeaveAsync(Task task)
    {
        try
        {
            await task.WaitAsync(GiveUp);
        }
        catch (OperationCanceledException) when (GiveUp.IsCancellationRequested)
        {
            // The process ends, or another one has the run.
        }
    }

    /// <summary>Nothing fires any more. What hold the tokens are no resources, and a timer that fires at this moment may still need them.</summary>
    public void Dispose()
    {
        foreach (CancellationTokenRegistration registration in _registrations)
            registration.Dispose();
        _patience.Dispose();
    }

    private void OnAbort()
    {
        EndReading();
        _ = _abort.CancelAsync();
        _patience.Change(CloseAfterAbort, Timeout.InfiniteTimeSpan);
    }

    private void EndWriting()
    {
        EndReading();
        _ = _abort.CancelAsync();
        _ = _giveUp.CancelAsync();
    }
}
