using Ingestion.Runs;
using Ingestion.Runs.Recording;
using Worker.Reports.Pictures;

namespace Worker.EndToEndTests.Pictures;

/// <summary>Each way of using threads reads differently, whatever the strategy is called.</summary>
public sealed class ThreadReadingTests
{
    [Fact]
    public void One_lane_and_one_thread() => Reads(
        "One lane: each item begins when the one before it has ended. One thread does everything.",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Fetch(2, 0, 10, 20, 1));

    [Fact]
    public void Many_lanes_and_one_thread() => Reads(
        "2 lanes: up to 2 items at once, each in its lane until it is stored. One thread serves all lanes: while it computes for one item, the others stand still; their waits overlap.",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Fetch(2, 1, 0, 20, 1));

    [Fact]
    public void A_thread_for_each_item() => Reads(
        "2 lanes: up to 2 items at once, each in its lane until it is stored. Each of the 3 attempts has its own thread; none did two.",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Fetch(2, 1, 0, 20, 2), MadeUp.Fetch(3, 0, 10, 20, 3));

    [Fact]
    public void A_thread_for_each_lane() => Reads(
        "2 lanes: up to 2 items at once, each in its lane until it is stored. Each lane has its own thread, the same from its first item to its last: 2 threads for 3 attempts.",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Fetch(2, 1, 0, 20, 2), MadeUp.Fetch(3, 0, 10, 20, 1));

    [Fact]
    public void Threads_that_swap_lanes_between_items() => Reads(
        "2 lanes: up to 2 items at once, each in its lane until it is stored. The same 2 threads do all 4 attempts, one after the other, and none moves while an item is in its lane.",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Fetch(2, 1, 0, 10, 2), MadeUp.Fetch(3, 0, 10, 20, 2), MadeUp.Fetch(4, 1, 10, 20, 1));

    [Fact]
    public void Items_that_go_on_on_other_threads() => Reads(
        "2 lanes: up to 2 items at once, each in its lane until it is stored. 2 threads serve the lanes, and none belongs to one: 1 of 2 attempts went on, after a wait, on another thread (▼).",
        MadeUp.Fetch(1, 0, 0, 10, 1), MadeUp.Attempt(2, 1, (Stage.Fetch, 0, 10, 1, 2)));

    [Fact]
    public void Slots_that_are_free_after_the_fetch()
    {
        RecordedAttempt[] attempts = [MadeUp.Attempt(1, 0, (Stage.Fetch, 0, 10, 1, 1), (Stage.Transform, 10, 20, 2, 2)), MadeUp.Fetch(2, 1, 0, 10, 1)];

        Assert.Equal(
            "2 lanes, each free again when its fetched item is handed on; transform and persist go on below. One thread serves all lanes: while it computes for one item, the others stand still; "
                + "their waits overlap. Below the lanes 1 other thread transforms, and items wait together for a commit.",
            string.Join(' ', ThreadReading.Of(MadeUp.Recording(100, attempts, isSlotGivenBack: true))));
    }

    private static void Reads(string expected, params RecordedAttempt[] attempts) =>
        Assert.Equal(expected, string.Join(' ', ThreadReading.Of(MadeUp.Recording(100, attempts))));
}
