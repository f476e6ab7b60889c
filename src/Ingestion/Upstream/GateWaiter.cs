namespace Ingestion.Upstream;

/// <summary>Somebody who waits at the gate. Whoever takes it out of the queue, under the gate's lock, completes it, outside of the lock.</summary>
internal sealed class GateWaiter : TaskCompletionSource<GatePass>
{
    // Continuations must not run inside of whoever opens the gate.
    public GateWaiter(UpstreamGate gate)
        : base(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        Gate = gate;
        Place = new LinkedListNode<GateWaiter>(this);
    }

    public UpstreamGate Gate { get; }

    public LinkedListNode<GateWaiter> Place { get; }

    /// <summary>What it was let through with.</summary>
    public GatePass Pass { get; set; }
}
