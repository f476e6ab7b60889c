namespace Ingestion.Runs;

/// <summary>How the kernel has shared out the cores up to a moment.</summary>
/// <param name="Periods">Periods of the CPU quota in which the process wanted to run; 0 without a quota.</param>
/// <param name="Throttled">Those of them in which the quota was used up, and the process stopped until the next.</param>
/// <param name="Processors">Time of all processors of the machine, in ticks of its clock; 0 where the kernel does not tell.</param>
/// <param name="Idle">What of it they had nothing to do.</param>
/// <param name="Pressure">How long somebody waited for a core: in the process's own group, or on the machine where the group does not say. Null where the kernel does not tell.</param>
internal readonly record struct CpuReading(long Periods, long Throttled, TimeSpan? Pressure, long Processors = 0, long Idle = 0)
{
    /// <summary>The share of the periods in which the quota was used up.</summary>
    public double ThrottledShare => Periods > 0 ? (double)Throttled / Periods : 0;

    /// <summary>The share of the machine that had nothing to do; null where nothing is known.</summary>
    public double? IdleShare => Processors > 0 ? (double)Idle / Processors : null;

    /// <summary>The difference between two moments.</summary>
    public static CpuReading operator -(CpuReading left, CpuReading right) =>
        new(left.Periods - right.Periods, left.Throttled - right.Throttled, left.Pressure - right.Pressure, left.Processors - right.Processors, left.Idle - right.Idle);
}
