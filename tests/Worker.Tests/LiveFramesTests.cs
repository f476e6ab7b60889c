using System.Text;
using System.Text.Json;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Ingestion.Sources;
using Ingestion.Storage;
using TestSupport.Time;
using Worker.Live;
using Worker.Reports;

namespace Worker.Tests;

public sealed class LiveFramesTests
{
    private const int BytesPerSecond = 65_536;
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private readonly ManualTimeProvider _clock = new();
    private readonly RecentAttempts _recent;
    private readonly OneRun _run = new();
    private readonly RunControl _control;
    private readonly LiveFrames _frames;

    public LiveFramesTests()
    {
        _recent = new RecentAttempts(_clock);
        _control = new RunControl(_recent, _clock);
        _frames = new LiveFrames(_run, _recent, new TraceViewer(new Uri("http://localhost:16686"), "ingestion"), _control);
    }

    [Theory]
    [InlineData(10_000, 20_000, 8)]
    [InlineData(64, 20_000, 64)]
    [InlineData(64, 1_000, 64)]
    [InlineData(64, 100, 5_000)]
    [InlineData(64, 10, 64)]
    [InlineData(1, 10, 64)]
    public void A_second_takes_at_most_64_KB_at_any_rate_with_any_number_of_slots_and_any_keys(int slots, int itemsPerSecond, int keyLength)
    {
        AttemptRecord[] open = [.. Enumerable.Range(0, slots).Select(slot => Begin(Key(keyLength), slot))];
        _ = _frames.LastMinute(isFirst: true);
        for (int second = 0; second < 3; second++)
        {
            int bytes = 0;
            for (int frame = 0; frame < 10; frame++)
            {
                for (int i = 0; i < itemsPerSecond / 10; i++)
                {
                    int slot = i % slots;
                    End(open[slot], new string('é', 300) + i);
                    open[slot] = Begin(Key(keyLength), slot);
                }

                _clock.Advance(TimeSpan.FromMilliseconds(100));
                bytes += _frames.Next().Length;
            }

            Assert.InRange(bytes, 1, BytesPerSecond);
        }
    }

    [Fact]
    public void A_frame_has_what_ended_what_goes_on_and_how_the_run_stands()
    {
        _ = _frames.LastMinute(isFirst: true);
        End(Begin(7, slot: 0, Trace), error: null);
        AttemptRecord open = Begin("8", slot: 1);
        open.BeginStage(Stage.Fetch, _clock.GetTimestamp(), 3);
        _clock.Advance(TimeSpan.FromMilliseconds(50));

        JsonElement frame = Read(_frames.Next());

        Assert.Equal((0, 1), (frame.GetProperty("after").GetInt32(), frame.GetProperty("ended").GetInt32()));
        Assert.Equal("[7,1,0,-1,0,0,0,1,1,\"Ingested\",-1,0,0]", Assert.Single(frame.GetProperty("items").EnumerateArray()).GetRawText());
        Assert.Equal("[\"8\",1,1,-1,0,0,50000,1,3,\"\",-1,-1,0,1,0,50000,3,3]", Assert.Single(frame.GetProperty("open").EnumerateArray()).GetRawText());
        Assert.Equal([Trace], frame.GetProperty("traces").EnumerateArray().Select(trace => trace.GetString()));
        Assert.Equal("http://localhost:16686/trace/{traceId}", frame.GetProperty("about").GetProperty("traceLink").GetString());
        Assert.Equal((5, 5), (frame.GetProperty("run").GetProperty("inFlight").GetInt32(), frame.GetProperty("run").GetProperty("limit").GetInt32()));
    }

    [Fact]
    public void Who_comes_later_gets_the_last_minute_and_the_frames_after_it_do_not_leave_anything_out()
    {
        for (int i = 0; i < 100; i++)
        {
            End(Begin(i, slot: 0), error: null);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        JsonElement first = Read(_frames.LastMinute(isFirst: true));
        End(Begin(100, slot: 0), error: null);
        JsonElement late = Read(_frames.LastMinute(isFirst: false));
        JsonElement next = Read(_frames.Next());

        Assert.Equal(60, first.GetProperty("items").GetArrayLength());
        Assert.Equal(61, late.GetProperty("items").GetArrayLength());
        Assert.Equal((100, 101), (next.GetProperty("after").GetInt32(), next.GetProperty("ended").GetInt32()));
        Assert.InRange(first.GetProperty("columns").GetArrayLength(), 599, 600);
    }

    [Fact]
    public void Nothing_but_keys_reasons_and_figures_is_sent()
    {
        _ = _frames.LastMinute(isFirst: true);
        End(Begin("key\n\ndata: forged", slot: 0), "reason\r\n\r\nevent: over");
        _clock.Advance(TimeSpan.FromMilliseconds(100));

        string text = Encoding.UTF8.GetString(_frames.Next().Span);

        Assert.Equal(text.Length - 2, text.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain('\r', text);
    }

    internal static JsonElement Read(ReadOnlyMemory<byte> frame)
    {
        string text = Encoding.UTF8.GetString(frame.Span);
        Assert.StartsWith("data: {", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n\n", text, StringComparison.Ordinal);
        return JsonDocument.Parse(text[6..]).RootElement;
    }

    // Cut in the middle, it is a half of a pair.
    private static string Key(int length) => string.Concat(Enumerable.Repeat("😀", length / 2));

    private AttemptRecord Begin(ItemKey key, int slot, string? trace = null) =>
        _recent.Begin(new WorkItem(new SourceItem(key)) { Attempts = 1, EnqueuedAt = _clock.GetTimestamp() }, slot, _clock.GetTimestamp(), 1, isSlotHeldToTheEnd: true, trace);

    private void End(AttemptRecord record, string? error)
    {
        record.Finish(_clock.GetTimestamp(), 1, error is null ? Outcome.Ingested : Outcome.Failed, error);
        _recent.End(record);
    }

    internal sealed class OneRun : IIngestionRunner
    {
        public RunProgress Progress => default;

        public RunMoment? Moment { get; set; } = new(
            Guid.Empty, new string('ö', 10_000), "Async", TimeSpan.Zero, IsOver: false, 10, new OutcomeCounts(1, 2, 3, 4), 5, new RunSample(TimeSpan.FromSeconds(1), 5, 6, 7, 5), 8,
            TimeSpan.FromSeconds(9), new string('ä', 10_000), [.. Enumerable.Range(0, 10_000).Select(i => new string('ß', 1_000) + i)]);

        public Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort) => throw new NotSupportedException();
    }
}
