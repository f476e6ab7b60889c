using System.Runtime.InteropServices;

namespace Worker.Hosting;

/// <summary>SIGTERM, SIGINT and SIGQUIT as tokens: the first one asks to stop, the second one to stop at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    public StopSignals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, OnSignal),
    ];

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

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
        Signal();
    }

    internal void Signal() => (Interlocked.Increment(ref _count) == 1 ? _first : _second).Cancel();
}
