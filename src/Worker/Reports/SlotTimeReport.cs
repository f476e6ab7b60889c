using Ingestion.Runs.Recording;

namespace Worker.Reports;

/// <summary>Where the attempts of a run spent their time, in seconds over all of them.</summary>
internal sealed record SlotTimeReport(double Gate, double Fetch, double Delay, double Transform, double Persist)
{
    public static SlotTimeReport From(StageTimes times) =>
        new(Seconds(times.Gate), Seconds(times.Fetch), Seconds(times.Delay), Seconds(times.Transform), Seconds(times.Persist));

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}
