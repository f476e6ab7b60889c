using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Attempts;

/// <summary>Adds up how long the slots spent in each stage. Safe from any thread.</summary>
internal sealed class StageClock(TimeProvider timeProvider, IngestionMetrics metrics)
{
    private static readonly string[] Names = [.. Enum.GetNames<Stage>().Select(name => name.ToLowerInvariant())];

    private readonly long[] _ticks = new long[Names.Length];

    public static string NameOf(Stage stage) => Names[(int)stage];

    /// <summary>Adds the time since <paramref name="startedAt"/> to the stage, and returns it.</summary>
    public TimeSpan Stop(Stage stage, long startedAt, out long endedAt)
    {
        endedAt = timeProvider.GetTimestamp();
        TimeSpan duration = timeProvider.GetElapsedTime(startedAt, endedAt);
        Interlocked.Add(ref _ticks[(int)stage], duration.Ticks);
        metrics.StageEnded(Names[(int)stage], duration);
        return duration;
    }

    public StageTimes Times => new(Total(Stage.Gate), Total(Stage.Fetch), Total(Stage.Delay), Total(Stage.Transform), Total(Stage.Persist));

    private TimeSpan Total(Stage stage) => TimeSpan.FromTicks(Interlocked.Read(ref _ticks[(int)stage]));
}
