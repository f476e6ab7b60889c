using System.Buffers.Binary;
using Ingestion.Telemetry;

namespace Worker.Reports;

/// <summary>Where traces can be looked at: what <c>Tracing:Viewer</c> says.</summary>
/// <param name="viewer">The address of Jaeger's interface, or one with placeholders; null when there is none.</param>
internal sealed class TraceViewer(Uri? viewer, string service)
{
    public const string TraceId = "{traceId}";
    private const string RunId = "{runId}";

    // More traces than this Jaeger does not list.
    private const int MaxTraces = 1_500;

    private readonly string _address = viewer?.OriginalString.Trim().TrimEnd('/') ?? "";

    private bool IsJaeger => !_address.Contains(TraceId, StringComparison.Ordinal) && !_address.Contains(RunId, StringComparison.Ordinal);

    /// <summary>The address of a trace, with <c>{traceId}</c> in place of its ID; null when no trace has one.</summary>
    public string? TraceLink(Guid run)
    {
        string link = IsJaeger ? $"{_address}/trace/{TraceId}" : _address.Replace(RunId, run.ToString(), StringComparison.Ordinal);
        return viewer is not null && link.Contains(TraceId, StringComparison.Ordinal) ? link : null;
    }

    /// <summary>The address of all traces of a run or, where traces have one only one by one, of the first; null when none was kept.</summary>
    /// <param name="now">The time, which is after its end.</param>
    public Uri? Of(RunSummary run, DateTimeOffset now)
    {
        if (viewer is null || run.TraceId is null)
            return null;
        if (!IsJaeger)
            return new Uri(_address.Replace(RunId, run.RunId.ToString(), StringComparison.Ordinal).Replace(TraceId, run.TraceId, StringComparison.Ordinal));

        // A UUID version 7 begins with the time it was made, in milliseconds; Jaeger counts microseconds.
        long began = (long)(BinaryPrimitives.ReadUInt64BigEndian(run.RunId.ToByteArray(bigEndian: true)) >> 16);
        string tags = Uri.EscapeDataString($$"""{"{{IngestionActivity.RunId}}":"{{run.RunId}}"}""");
        return new Uri($"{_address}/search?service={Uri.EscapeDataString(service)}&lookback=custom&start={began}000&end={now.ToUnixTimeMilliseconds()}000&limit={MaxTraces}&tags={tags}");
    }
}
