using Ingestion.Runs;
using Ingestion.Storage;
using TestSupport.Time;
using Worker.Reports;

namespace Worker.Tests;

public sealed class ProgressLineTests
{
    private static readonly RunProgress Going = new(Guid.CreateVersion7(), 826, new OutcomeCounts(400, 10, 2, 0), 0, 16, 0, IsUpstreamPaused: false);

    [Fact]
    public void A_line_says_how_far_how_fast_and_how_long_still() =>
        Assert.Equal("412 of 826 done, 206 items/s, 16 in flight, 0 failed, about 3 s left", ProgressLine.Format(Going, 206));

    [Fact]
    public void Trouble_is_in_the_line() => Assert.Equal(
        "412 of 826 done, 0.0 items/s, 16 in flight, 0 failed, 7 waiting for a retry, upstream paused",
        ProgressLine.Format(Going with { Waiting = 7, IsUpstreamPaused = true }, 0));

    [Fact]
    public void A_source_without_an_end_has_no_time_left() =>
        Assert.Equal("412 done, 206 items/s, 16 in flight, 0 failed", ProgressLine.Format(Going with { Requested = null }, 206));

    [Fact]
    public void Before_a_run_is_open_the_line_says_so() => Assert.Equal("waiting for the run to open", ProgressLine.Format(Going with { RunId = null }, null));

    [Fact]
    public void What_an_earlier_process_did_is_not_speed()
    {
        ManualTimeProvider time = new();
        ProgressLine.Rate rate = new(time);
        Assert.Null(rate.Next(Going with { RunId = null }));
        Assert.Null(rate.Next(Going));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(5, rate.Next(Going with { Counts = Going.Counts.With(Ingestion.Items.Outcome.Ingested, 10) }));
    }
}
