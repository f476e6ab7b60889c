using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Worker.Hosting;

/// <summary>How many spans each trace has whose root is open: as many as there are such traces, which the sampler bounds. Safe from any thread.</summary>
internal sealed class TraceSizes
{
    private readonly ConcurrentDictionary<ActivityTraceId, StrongBox<int>> _spans = [];

    public void RootStarted(ActivityTraceId trace) => _spans[trace] = new StrongBox<int>(1);

    public void RootEnded(ActivityTraceId trace) => _spans.TryRemove(trace, out _);

    /// <summary>Whether the trace may have one more span; if so, it counts. A trace whose root is not open is not looked after.</summary>
    public bool TryAdd(ActivityTraceId trace, int max) =>
        !_spans.TryGetValue(trace, out StrongBox<int>? spans) || (Volatile.Read(ref spans.Value) < max && Interlocked.Increment(ref spans.Value) <= max);
}
