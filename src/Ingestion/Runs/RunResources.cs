using System.Runtime;

namespace Ingestion.Runs;

/// <summary>What the process used up while a run went on.</summary>
/// <param name="CpuTime">User and kernel time of all threads, those of the runtime included.</param>
/// <param name="AllocatedBytes">Managed memory allocated, collected since or not.</param>
public readonly record struct RunResources(TimeSpan CpuTime, long AllocatedBytes)
{
    /// <summary>How long the just-in-time compiler was at work, as a clock shows it: long in the first seconds of a process, next to nothing later.</summary>
    public TimeSpan CompilationTime { get; init; }

    /// <summary>The CPU time without that of the compiler, whose clock goes on while it waits for a core: at least a quarter is put down to the rest.</summary>
    internal TimeSpan WithoutCompiler => CpuTime - CompilationTime is var rest && rest > CpuTime / 4 ? rest : CpuTime / 4;

    /// <summary>Since the process started.</summary>
    internal static RunResources Used => new(Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes())
    {
        CompilationTime = JitInfo.GetCompilationTime(),
    };

    /// <summary>The difference between two moments.</summary>
    public static RunResources operator -(RunResources left, RunResources right) => new(left.CpuTime - right.CpuTime, left.AllocatedBytes - right.AllocatedBytes)
    {
        CompilationTime = left.CompilationTime - right.CompilationTime,
    };
}
