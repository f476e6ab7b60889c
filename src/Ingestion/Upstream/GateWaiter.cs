namespace Ingestion.Upstream;

/// <summary>Somebody who waits at the gate. Whoever takes it out of the queue, under the gate's lock, completes it, outside of the lock.</summary>
internal sealed class GateWaiter : TaskCompletionSource<GatePass>
{
    private readonly UpstreamGate _gate;

    // Continuations must not run inside of whoever opens the gate.
    public GateWaiter(UpstreamGate gate)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        _gate = gate;
        Place = new LinkedListNode<GateWaiter>(this);
    }

    public LinkedListNode<GateWaiter> Place { get; }

    /// <summary>What it was let through with.</summary>
    public GatePass Pass { get; set; }

    /// <summary>Leaves the queue when the token fires.</summary>
    public CancellationTokenRegistration LeaveWhen(CancellationToken abort) => abort.UnsafeRegister(
        static (state, token) =>
        {
            var waiter = (GateWaiter)state!;
            if (waiter._gate.TryLeave(waiter))
                waiter.SetCanceled(token);
        }, this);
}
