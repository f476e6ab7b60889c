using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Sources;

namespace IngestionBenchmarks;

/// <summary>
/// What it costs to keep the latest attempts, which nothing switches off: the notes of an attempt with all its stages, taken on as many threads as there are cores that do nothing else.
/// So each waits for the lock of the others as long as it ever can. The timestamps are left out: metrics and traces need them too.
/// </summary>
internal static class RingCost
{
    /// <summary>CPU time for one attempt, in nanoseconds.</summary>
    public static double Measure(int attempts)
    {
        RecentAttempts recent = new(TimeProvider.System);
        int each = attempts / Environment.ProcessorCount;
        Note(RecentAttempts.Capacity, slot: 0);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        Thread[] threads = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(slot => new Thread(() => Note(each, slot)))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return (Environment.CpuUsage.TotalTime - before).TotalNanoseconds / (each * threads.Length);

        void Note(int count, int slot)
        {
            WorkItem item = new(new SourceItem(slot));
            long at = TimeProvider.System.GetTimestamp();
            for (int i = 0; i < count; i++)
            {
                AttemptRecord record = recent.Begin(item, slot, at, slot, isSlotHeldToTheEnd: true);
                foreach (Stage stage in (ReadOnlySpan<Stage>)[Stage.Gate, Stage.Fetch, Stage.Transform, Stage.Persist])
                {
                    record.BeginStage(stage, at, slot);
                    record.EndStage(at += 1_000, slot);
                }

                record.Finish(at, slot, Outcome.Ingested, error: null);
                recent.End(record);
            }
        }
    }
}
