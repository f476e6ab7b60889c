using System.Collections.Concurrent;
using System.Diagnostics;
using Ingestion.Telemetry;

namespace Ingestion.Tests.Runs;

/// <summary>Keeps every second trace of items of the run that is started in its flow, and suppresses, as the SDK does. Runs of other tests are not seen.</summary>
internal sealed class SpanRecorder : ITraceSuppression, IDisposable
{
    private static readonly AsyncLocal<SpanRecorder?> Flow = new();

    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentDictionary<ActivityTraceId, bool> _traces = new();
    private readonly AsyncLocal<bool> _isSuppressed = new();
    private readonly ActivitySource _http = new("Ingestion.Tests.Http");
    private readonly ActivityListener _listener;
    private readonly bool _isEveryTraceKept;
    private int _roots;

    public SpanRecorder(bool isEveryTraceKept = false)
    {
        Flow.Value = this;
        _isEveryTraceKept = isEveryTraceKept;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source == _http || source.Name == IngestionActivity.SourceName,
            Sample = Sample,
            ActivityStopped = Keep,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Those that have ended.</summary>
    public Activity[] Spans => [.. _spans];

    public Activity[] Named(string name) => [.. _spans.Where(span => span.OperationName == name)];

    /// <summary>The span of a request, as an HTTP client would start it.</summary>
    public Activity? StartRequest() => _http.StartActivity("GET", ActivityKind.Client);

    public void Suppress() => _isSuppressed.Value = true;

    public void Dispose()
    {
        _listener.Dispose();
        _http.Dispose();
        Flow.Value = null;
    }

    private ActivitySamplingResult Sample(ref ActivityCreationOptions<ActivityContext> options)
    {
        if (_isSuppressed.Value)
            return ActivitySamplingResult.None;
        if (options.Parent.TraceId != default)
            return _traces.ContainsKey(options.Parent.TraceId) && options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None;

        bool isOfRun = options.Source == _http || (options.Links is { } links ? links.Any(link => _traces.ContainsKey(link.Context.TraceId)) : Flow.Value == this);
        if (!isOfRun)
            return ActivitySamplingResult.None;

        _traces[options.TraceId] = true;
        bool isKept = options.Name == IngestionActivity.RunStarted || options.Source == _http || _isEveryTraceKept || Interlocked.Increment(ref _roots) % 2 == 1;
        return isKept ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData;
    }

    private void Keep(Activity span)
    {
        if (span.Recorded && _traces.ContainsKey(span.TraceId))
            _spans.Enqueue(span);
    }
}
