using System.Runtime.InteropServices;

namespace Worker.Hosting;

/// <summary>
/// SIGTERM, SIGINT, SIGQUIT and SIGHUP as tokens: the first one asks to stop, the second one to stop at once. The runtime leaves a signal ignored that was
/// ignored when the program started: with nohup the worker outlives its terminal.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public StopSignals() => _registrations =
    [
        .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, OnSignal)),
    ];

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    public bool IsStopping => Volatile.Read(ref _count) > 0;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal != PosixSignal.SIGHUP)
            Signal();
        // A terminal that is closed sends it more than once, through the shell and by itself, and systemd may send it right after SIGTERM: never a second request.
        else
            SignalOnce();
    }

    /// <summary>Asks to stop, unless that was done before.</summary>
    public void SignalOnce()
    {
        if (Interlocked.CompareExchange(ref _count, 1, 0) == 0)
            _first.Cancel();
    }

    internal void Signal() => (Interlocked.Increment(ref _count) == 1 ? _first : _second).Cancel();

    /// <summary>Stops the host at the first signal. Unlike the console lifetime it lets a second one through, which aborts work in flight, and prints nothing.</summary>
    internal sealed class Lifetime(StopSignals signals, IHostApplicationLifetime lifetime) : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken)
        {
            signals.First.Register(lifetime.StopApplication);
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
