namespace Worker.Reports.Traces;

/// <summary>Writes single events. Times are whole microseconds, rounded down: what was nested stays nested.</summary>
internal sealed class TraceEvents(Utf8JsonWriter json)
{
    private const int Process = 1;

    public void NameProcess(string name, string label)
    {
        WriteMetadata("process_name", track: 0, args => args.WriteString("name", name));
        WriteMetadata("process_labels", track: 0, args => args.WriteString("labels", label));
    }

    /// <summary>Names a track, and puts it where its number says.</summary>
    public void NameTrack(int track, string name)
    {
        WriteMetadata("thread_name", track, args => args.WriteString("name", name));
        WriteMetadata("thread_sort_index", track, args => args.WriteNumber("sort_index", track));
    }

    public void Complete(string name, string category, int track, TimeSpan begin, TimeSpan end, Action<Utf8JsonWriter> writeArguments)
    {
        Start(name, "X", track, Microseconds(begin));
        json.WriteString("cat", category);
        json.WriteNumber("dur", Microseconds(end) - Microseconds(begin));
        End(writeArguments);
    }

    public void Count(string name, TimeSpan at, params ReadOnlySpan<(string Name, int Value)> values)
    {
        Start(name, "C", track: 0, Microseconds(at));
        json.WriteStartObject("args");
        foreach ((string series, int value) in values)
            json.WriteNumber(series, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A pair of async events: waits overlap, and have no track of their own.</summary>
    public void Wait(string name, string id, TimeSpan begin, TimeSpan end)
    {
        foreach ((string phase, TimeSpan at) in (ReadOnlySpan<(string, TimeSpan)>)[("b", begin), ("e", end)])
        {
            Start(name, phase, track: 0, Microseconds(at));
            json.WriteString("cat", "retry wait");
            json.WriteString("id", id);
            json.WriteEndObject();
        }
    }

    private static long Microseconds(TimeSpan time) => Math.Max(0, time.Ticks / TimeSpan.TicksPerMicrosecond);

    private void WriteMetadata(string name, int track, Action<Utf8JsonWriter> writeArguments)
    {
        Start(name, "M", track, microseconds: 0);
        End(writeArguments);
    }

    private void Start(string name, string phase, int track, long microseconds)
    {
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteString("ph", phase);
        json.WriteNumber("pid", Process);
        json.WriteNumber("tid", track);
        json.WriteNumber("ts", microseconds);
    }

    private void End(Action<Utf8JsonWriter> writeArguments)
    {
        json.WriteStartObject("args");
        writeArguments(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
