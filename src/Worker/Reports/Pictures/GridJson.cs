using Ingestion.Runs;
using Ingestion.Runs.Recording;

namespace Worker.Reports.Pictures;

/// <summary>The grid of a run: what the rows of slots did in each interval, and how many items that makes in flight.</summary>
internal static class GridJson
{
    private static readonly Stage[] Stages = Enum.GetValues<Stage>();

    /// <summary>For each row and stage the share of the row's time, in per cent by column; 0 in place of a stage the row never was in.</summary>
    public static void WriteRows(Utf8JsonWriter json, RunRecording recording)
    {
        Timeline timeline = recording.Timeline;
        json.WriteStartObject("grid");
        json.WriteNumber("perRow", timeline.SlotsPerRow);
        json.WriteNumber("slots", timeline.Slots.Count * timeline.SlotsPerRow);
        json.WriteStartArray("ended");
        foreach (long ended in timeline.Ended)
            json.WriteNumberValue(ended);
        json.WriteEndArray();
        json.WriteStartArray("rows");
        foreach (IReadOnlyList<StageTimes> row in timeline.Slots)
        {
            json.WriteStartArray();
            foreach (Stage stage in Stages)
                WriteShares(json, recording, [.. row.Select(times => times.Of(stage))]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>For each stage the items that were in it, on average over each column.</summary>
    public static void WriteFlow(Utf8JsonWriter json, RunRecording recording)
    {
        json.WriteNumber("interval", RunJson.Microseconds(recording.Timeline.Interval));
        json.WriteStartArray("flow");
        foreach (Stage stage in Stages)
        {
            json.WriteStartArray();
            for (int column = 0; column < recording.Timeline.Ended.Count; column++)
            {
                TimeSpan width = Width(recording, column);
                TimeSpan time = recording.Timeline.Slots.Append(recording.Timeline.BeyondSlots)
                    .Aggregate(TimeSpan.Zero, (sum, row) => row.Count == 0 ? sum : sum + row[column].Of(stage));
                json.WriteNumberValue(width > TimeSpan.Zero ? Math.Round(time / width, 2) : 0);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    private static void WriteShares(Utf8JsonWriter json, RunRecording recording, TimeSpan[] times)
    {
        if (Array.TrueForAll(times, time => time == TimeSpan.Zero))
        {
            json.WriteNumberValue(0);
            return;
        }

        json.WriteStartArray();
        for (int column = 0; column < times.Length; column++)
        {
            TimeSpan whole = Width(recording, column) * recording.Timeline.SlotsPerRow;
            json.WriteNumberValue(whole > TimeSpan.Zero ? (int)Math.Round(100 * (times[column] / whole)) : 0);
        }

        json.WriteEndArray();
    }

    /// <summary>The time a column stands for: the last one may be over before its interval is.</summary>
    private static TimeSpan Width(RunRecording recording, int column)
    {
        TimeSpan left = recording.Elapsed - (column * recording.Timeline.Interval);
        return left < recording.Timeline.Interval ? left : recording.Timeline.Interval;
    }
}
