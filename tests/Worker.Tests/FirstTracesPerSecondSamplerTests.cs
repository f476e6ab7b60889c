using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Trace;
using TestSupport.Time;
using Worker.Hosting;

namespace Worker.Tests;

public sealed class FirstTracesPerSecondSamplerTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly SpanCounts _counts = new();
    private readonly ActivitySource _source = new("sampler test " + Guid.NewGuid());
    private readonly TracerProvider _provider;

    public FirstTracesPerSecondSamplerTests() => _provider = Sdk.CreateTracerProviderBuilder()
        .AddSource(_source.Name)
        .SetSampler(new ParentBasedSampler(new FirstTracesPerSecondSampler(() => 3, _counts, _time)))
        .AddProcessor(_counts)
        .Build();

    public void Dispose()
    {
        _provider.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void The_first_traces_of_each_second_are_kept()
    {
        Assert.Equal([true, true, true, false, false], Enumerable.Range(0, 5).Select(_ => IsRootKept()));
        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(IsRootKept());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => IsRootKept()));
        Assert.Equal((6, 4), (_counts.TracesKept, _counts.TracesNotKept));
    }

    [Fact]
    public void Spans_follow_their_root()
    {
        using (_source.StartActivity("kept"))
        {
            for (int i = 0; i < 10; i++)
                Child()?.Dispose();
        }

        Assert.Equal((1, 11), (_counts.TracesKept, _counts.Ended));
        _ = IsRootKept();
        _ = IsRootKept();
        using (Activity? root = _source.StartActivity("not kept"))
        {
            // The root is there, so that its children know that they are not sampled instead of becoming roots themselves.
            Assert.NotNull(root);
            Assert.False(root.Recorded);
            Assert.Null(Child());
            Assert.Null(_source.StartActivity("GET", ActivityKind.Client));
        }

        Assert.Equal((3, 1, 13), (_counts.TracesKept, _counts.TracesNotKept, _counts.Ended));
    }

    [Fact]
    public void A_stray_call_is_not_a_trace()
    {
        using (Activity? stray = _source.StartActivity("CREATE TABLE", ActivityKind.Client))
            Assert.False(stray?.Recorded ?? false);

        Assert.Equal((0, 0, 0), (_counts.TracesKept, _counts.TracesNotKept, _counts.Ended));
    }

    [Fact]
    public void From_many_threads_at_once_no_more_than_the_first_are_kept()
    {
        int kept = 0;
        Parallel.For(0, 1_000, _ =>
        {
            if (IsRootKept())
                Interlocked.Increment(ref kept);
        });
        Assert.Equal((3, 3, 997), (kept, _counts.TracesKept, _counts.TracesNotKept));
    }

    private Activity? Child() => _source.StartActivity("child");

    private bool IsRootKept()
    {
        Activity.Current = null;
        using Activity? root = _source.StartActivity("root");
        return root!.Recorded;
    }
}
