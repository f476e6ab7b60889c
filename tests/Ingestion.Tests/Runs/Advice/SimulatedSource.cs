using Ingestion.Runs.Recording;

namespace Ingestion.Tests.Runs.Advice;

/// <summary>The source of a <see cref="SimulatedRun"/>, its channel, and what waits for its next attempt.</summary>
internal sealed class SimulatedSource(Work work)
{
    /// <summary>Of the channel, and of the retry queue.</summary>
    public const int Capacity = 1_024;

    private double _due = work.Skips ?? 0;

    public Queue<int> Channel { get; } = new();

    public PriorityQueue<int, double> Retries { get; } = new();

    public int Delivered { get; private set; }

    public Supply Supply => Delivered == work.Items ? Supply.Ended : Retries.Count >= Capacity ? Supply.HeldBack : Supply.Feeding;

    public void Deliver(double now)
    {
        while (Delivered < work.Items && _due <= now && Channel.Count < Capacity && Retries.Count < Capacity)
        {
            Channel.Enqueue(++Delivered);
            if (Delivered + 1 >= work.SlowFrom)
                _due += 1_000 / work.Source ?? 0;
        }

        while (Retries.TryPeek(out _, out double at) && at <= now)
            Channel.Enqueue(Retries.Dequeue());
    }

    /// <summary>When the next item comes, fresh or once more.</summary>
    public double NextAt(double now)
    {
        double fresh = Delivered < work.Items && _due > now ? _due : double.MaxValue;
        return Retries.TryPeek(out _, out double at) && at > now ? Math.Min(fresh, at) : fresh;
    }
}
