namespace UpstreamSimulator.Statistics;

/// <summary>
/// Requests and successes per ID, in bounded memory: blocks of counters are allocated when an ID in them is first asked for, and IDs above
/// <see cref="MaxId"/> are not counted. Safe for concurrent use.
/// </summary>
internal sealed class IdCounters
{
    /// <summary>The last ID that is counted.</summary>
    public const int MaxId = (1 << 24) - 1;

    private const int BlockBits = 12;
    private const int BlockMask = (1 << BlockBits) - 1;
    private const long OneSuccess = 1L << 32;

    // One 64-bit cell per ID, so that one atomic addition counts: requests in the low half, successes in the high half.
    private readonly long[]?[] _blocks = new long[(MaxId >> BlockBits) + 1][];

    /// <summary>Counts a request and says which one of its ID it is, from 1; 1 for every request of an ID that is not counted.</summary>
    public int AddRequest(int id) => IsCounted(id) ? (int)Interlocked.Increment(ref BlockOf(id)[id & BlockMask]) : 1;

    public void AddSuccess(int id)
    {
        if (IsCounted(id))
            Interlocked.Add(ref BlockOf(id)[id & BlockMask], OneSuccess);
    }

    public (int Requests, int Successes) this[int id]
    {
        get
        {
            if (!IsCounted(id) || Volatile.Read(ref _blocks[id >> BlockBits]) is not { } block)
                return default;

            long cell = Interlocked.Read(ref block[id & BlockMask]);
            return ((int)cell, (int)(cell >> 32));
        }
    }

    /// <summary>The IDs that were asked for at least once, in order.</summary>
    public IEnumerable<int> Ids()
    {
        for (int i = 0; i < _blocks.Length; i++)
        {
            if (Volatile.Read(ref _blocks[i]) is not { } block)
                continue;

            for (int j = 0; j < block.Length; j++)
            {
                if (Interlocked.Read(ref block[j]) != 0)
                    yield return (i << BlockBits) | j;
            }
        }
    }

    private static bool IsCounted(int id) => (uint)id <= MaxId;

    private long[] BlockOf(int id)
    {
        ref long[]? block = ref _blocks[id >> BlockBits];
        return Volatile.Read(ref block) ?? Interlocked.CompareExchange(ref block, new long[BlockMask + 1], null) ?? block!;
    }
}
