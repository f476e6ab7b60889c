using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Worker.Hosting;

namespace Worker.Tests;

public sealed class TraceSizeSamplerTests : IDisposable
{
    private const int MaxSpans = 5;

    private readonly SpanCounts _counts = new();
    private readonly ActivitySource _source = new("trace size test " + Guid.NewGuid());
    private readonly TracerProvider _provider;

    public TraceSizeSamplerTests() => _provider = Sdk.CreateTracerProviderBuilder()
        .AddSource(_source.Name)
        .SetSampler(new TraceSizeSampler(new ParentBasedSampler(new AlwaysOnSampler()), MaxSpans, _counts))
        .AddProcessor(_counts)
        .Build();

    public void Dispose()
    {
        _provider.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void A_trace_that_is_full_gets_no_more_spans_and_another_one_does()
    {
        using (Activity root = _source.StartActivity("root")!)
        {
            for (int i = 0; i < MaxSpans - 1; i++)
                _source.StartActivity("child", ActivityKind.Internal, root.Context)!.Dispose();
            Assert.Null(_source.StartActivity("too many", ActivityKind.Internal, root.Context));
            Assert.Null(_source.StartActivity("too many", ActivityKind.Client, root.Context));
        }

        Assert.Equal((MaxSpans, 2), (_counts.Ended, _counts.LeftOut));
        using (_source.StartActivity("another root"))
            Assert.NotNull(_source.StartActivity("child"));
    }

    [Fact]
    public void A_span_below_a_root_that_has_ended_is_kept()
    {
        Activity root = _source.StartActivity("run started")!;
        root.Dispose();

        for (int i = 0; i < MaxSpans; i++)
            Assert.NotNull(_source.StartActivity("run finished", ActivityKind.Internal, root.Context));
        Assert.Equal(0, _counts.LeftOut);
    }
}
