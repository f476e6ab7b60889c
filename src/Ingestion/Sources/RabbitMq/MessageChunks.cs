using Ingestion.Items;

namespace Ingestion.Sources.RabbitMq;

/// <summary>Cuts a set of IDs into those of one message after the other, ascending, without holding more than one.</summary>
internal static class MessageChunks
{
    /// <summary>The chunks.</summary>
    /// <param name="ids">The IDs.</param>
    /// <param name="size">The most IDs of a chunk; all but the last have as many.</param>
    /// <param name="after">IDs up to this one are left out.</param>
    public static IEnumerable<IdRanges> Of(IdRanges ids, int size, long after)
    {
        List<IdRange> parts = [];
        int count = 0;
        foreach (IdRange range in ids.Ranges)
        {
            for (long first = Math.Max(range.First, after + 1); first <= range.Last;)
            {
                long last = Math.Min(range.Last, first + size - count - 1);
                parts.Add(new IdRange(first, last));
                count += (int)(last - first + 1);
                first = last + 1;
                if (count < size)
                    continue;

                yield return new IdRanges(parts);
                parts.Clear();
                count = 0;
            }
        }

        if (count > 0)
            yield return new IdRanges(parts);
    }
}
