using System.Numerics;

namespace Ingestion.Runs.Watching;

/// <summary>
/// Measures the CPU time of an item, without what starting up costs: the just-in-time compiler alone takes about a second, as much as thousands of items.
/// It notes what was used at the 1st, 2nd, 4th, 8th … item, counts from the last note that leaves half of the items, and leaves out what was compiled
/// after it. Safe from any thread.
/// </summary>
internal sealed class CpuMeter(Func<RunResources> used)
{
    /// <summary>Used when item 2ⁿ ended.</summary>
    private readonly RunResources[] _notes = new RunResources[64];

    private readonly RunResources _atStart = used();
    private long _items;

    public void ItemEnded()
    {
        long items = Interlocked.Increment(ref _items);
        if (BitOperations.IsPow2(items))
            _notes[BitOperations.Log2((ulong)items)] = used();
    }

    /// <summary>CPU time for each item, all threads of the process together. Asked when no item is in flight; zero when none has ended.</summary>
    public TimeSpan PerItem()
    {
        long items = Interlocked.Read(ref _items);
        if (items == 0)
            return TimeSpan.Zero;

        int note = BitOperations.Log2((ulong)items / 2);
        RunResources since = used() - (items == 1 ? _atStart : _notes[note]);
        return since.WithoutCompiler / (items == 1 ? 1 : items - (1L << note));
    }
}
