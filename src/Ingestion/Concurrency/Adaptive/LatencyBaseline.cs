using System.Numerics;

namespace Ingestion.Concurrency.Adaptive;

/// <summary>
/// What latency is while nothing queues, by size of the request: one for many items takes longer without any congestion. It follows what is shorter; that it
/// has become longer, somebody has to tell it. Not thread-safe.
/// </summary>
internal sealed class LatencyBaseline
{
    /// <summary>The weight of a round trip that was shorter.</summary>
    private const double Weight = 0.1;

    /// <summary>What is shorter than this share of the baseline is no chance: the first requests of all open connections and have code compiled.</summary>
    private const double Clear = 0.8;

    /// <summary>So many answers make a baseline: their mean, longer or shorter. The first answers of all are the shortest of those begun together.</summary>
    private const int Young = 50;

    // One place for each power of two of the size; 0 = nothing known; the ages are the answers it was made from. The sums are those of the round trip that is going on.
    private readonly double[] _seconds = new double[32];
    private readonly int[] _ages = new int[32];
    private readonly double[] _sums = new double[32];
    private readonly double[] _squares = new double[32];
    private readonly int[] _counts = new int[32];

    /// <summary>Takes in the latency of an answer.</summary>
    public void Add(TimeSpan latency, int size)
    {
        int place = BitOperations.Log2((uint)Math.Max(size, 1));
        double seconds = Math.Max(latency.TotalSeconds, 1e-6);
        _sums[place] += seconds;
        _squares[place] += seconds * seconds;
        _counts[place]++;
    }

    /// <summary>Compares the round trip that is over with what latency was before; of a size that is new, with itself.</summary>
    public RoundTripLatency Measure()
    {
        int count = 0;
        double sum = 0, baseline = 0, ratios = 0, variances = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] == 0)
                continue;

            double mean = _sums[i] / _counts[i];
            if (_seconds[i] == 0)
                _seconds[i] = mean;
            count += _counts[i];
            sum += _sums[i];
            baseline += _counts[i] * _seconds[i];
            ratios += _sums[i] / _seconds[i];
            variances += Math.Max(0, _squares[i] - (_sums[i] * mean)) / (_seconds[i] * _seconds[i]);
        }

        return count == 0 ? default : new RoundTripLatency(count, sum / count, baseline / count, ratios / count, Math.Sqrt(variances / count / count));
    }

    /// <summary>Begins the next round trip.</summary>
    /// <param name="isSlow">Whether what was seen is congestion.</param>
    /// <param name="isRaised">Whether what was seen is the new baseline, however long it is.</param>
    public void Close(bool isSlow, bool isRaised)
    {
        for (int i = 0; i < _seconds.Length; i++)
        {
            if (_counts[i] == 0)
                continue;

            // By chance a mean may be one standard error too short; of those the shortest would become the baseline in time.
            double mean = _sums[i] / _counts[i];
            double error = Math.Sqrt(Math.Max(0, (_squares[i] / _counts[i]) - (mean * mean)) / _counts[i]);
            if (isRaised)
            {
                _seconds[i] = mean;
            }
            else if (!isSlow && _ages[i] < Young)
            {
                _ages[i] += _counts[i];
                _seconds[i] += (double)_counts[i] / _ages[i] * (mean - _seconds[i]);
            }
            else if (mean + error < _seconds[i])
                _seconds[i] += (mean + error < Clear * _seconds[i] ? 1 : Weight) * (mean + error - _seconds[i]);
            (_sums[i], _squares[i], _counts[i]) = (0, 0, 0);
        }
    }
}
