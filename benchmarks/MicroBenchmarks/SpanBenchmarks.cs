using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Ingestion.Telemetry;

namespace MicroBenchmarks;

/// <summary>What a span costs when nobody listens, when its trace is not sampled, and when it is recorded.</summary>
public class SpanBenchmarks
{
    private ActivityListener? _listener;

    /// <summary>Who listens: nobody, a sampler that declines, or one that records.</summary>
    [Params("nobody", "not sampled", "recorded")]
    public string Listening { get; set; } = "nobody";

    /// <summary>Registers the listener.</summary>
    [GlobalSetup]
    public void Setup()
    {
        if (Listening == "nobody")
            return;

        ActivitySamplingResult result = Listening == "recorded" ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.PropagationData;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == IngestionActivity.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => result,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Removes it.</summary>
    [GlobalCleanup]
    public void Cleanup() => _listener?.Dispose();

    /// <summary>A span without tags, started and stopped.</summary>
    [Benchmark]
    public bool Span()
    {
        using Activity? span = IngestionActivity.Source.StartActivity(IngestionActivity.Transform);
        return span is null;
    }
}
