using System.Text.Json;
using Worker.Reports.Pictures;
using Worker.Reports.Traces;

namespace Worker.EndToEndTests.Pictures;

/// <summary>A file in the Trace Event Format, read back.</summary>
internal sealed class TraceFile(JsonElement root)
{
    public JsonElement Root => root;

    public IEnumerable<JsonElement> Events => root.GetProperty("traceEvents").EnumerateArray();

    public IEnumerable<string?> TrackNames =>
        Events.Where(e => e.GetProperty("name").GetString() == "thread_name").Select(e => e.GetProperty("args").GetProperty("name").GetString());

    public static TraceFile Of(RunPicture run) => new(JsonSerializer.SerializeToElement(TraceEventFile.Of(run), DrawingJsonContext.Default.TraceEventFile));

    public static TraceFile Read(string path) => new(JsonDocument.Parse(File.ReadAllText(path)).RootElement);

    public IEnumerable<(string Name, int Track, long Begin, long End)> Complete(string category) => Events
        .Where(e => e.GetProperty("ph").GetString() == "X" && e.GetProperty("cat").GetString() == category)
        .Select(e => (e.GetProperty("name").GetString()!, e.GetProperty("tid").GetInt32(), e.GetProperty("ts").GetInt64(), e.GetProperty("ts").GetInt64() + e.GetProperty("dur").GetInt64()));

    /// <summary>Events of a track that neither contain each other nor come after each other, and those that begin or end before they may.</summary>
    public IEnumerable<string> Overlaps()
    {
        foreach (var track in Complete("attempt").Concat(Complete("stage")).GroupBy(e => e.Track))
        {
            Stack<long> open = new();
            foreach ((string name, _, long begin, long end) in track.OrderBy(e => e.Begin).ThenByDescending(e => e.End))
            {
                if (begin < 0 || end < begin)
                    yield return $"{name}: {begin} to {end}";
                while (open.TryPeek(out long ends) && ends <= begin)
                    open.Pop();
                if (open.TryPeek(out long outer) && end > outer)
                    yield return $"{name} on track {track.Key}: {begin} to {end}, in something that ends at {outer}";
                open.Push(end);
            }
        }
    }
}
