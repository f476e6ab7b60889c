using System.Numerics;

namespace Ingestion.Runs.Recording;

/// <summary>
/// Counts durations in buckets of whole microseconds: every power of two is cut into 32, so a bucket is at most 1/32 wider than its lower end. That is
/// the layout of HdrHistogram (https://github.com/HdrHistogram/HdrHistogram). Its size is fixed. Not thread-safe.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 5;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[IndexOf(long.MaxValue / TimeSpan.TicksPerMicrosecond) + 1];
    private long _count;
    private TimeSpan _max;

    public void Add(TimeSpan duration)
    {
        _counts[IndexOf(Math.Max(0, duration.Ticks / TimeSpan.TicksPerMicrosecond))]++;
        _count++;
        if (duration > _max)
            _max = duration;
    }

    public LatencyDistribution Distribution => new(_count, Percentile(50), Percentile(90), Percentile(99), _max);

    private TimeSpan Percentile(int percent)
    {
        long wanted = Math.Max(1, ((_count * percent) + 99) / 100);
        long seen = 0;
        for (int i = 0; i < _counts.Length && _count > 0; i++)
        {
            seen += _counts[i];
            if (seen < wanted)
                continue;

            TimeSpan upperEnd = TimeSpan.FromMicroseconds(LowerEnd(i + 1));
            return upperEnd < _max ? upperEnd : _max;
        }

        return TimeSpan.Zero;
    }

    private static int IndexOf(long microseconds)
    {
        if (microseconds < SubBuckets)
            return (int)microseconds;

        int shift = BitOperations.Log2((ulong)microseconds) - SubBucketBits;
        return (shift << SubBucketBits) + (int)(microseconds >> shift);
    }

    private static long LowerEnd(int index)
    {
        if (index < SubBuckets)
            return index;

        int shift = (index >> SubBucketBits) - 1;
        return (long)((index & (SubBuckets - 1)) | SubBuckets) << shift;
    }
}
