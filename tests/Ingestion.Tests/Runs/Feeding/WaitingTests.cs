using System.Collections.Concurrent;
using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Storage;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs.Feeding;

/// <summary>Who waits for a retry holds no slot; who waits at the gate lets one probe go first. For every strategy.</summary>
public sealed class WaitingTests
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(3);

    /// <summary>Without <c>Adaptive</c>, which has fewer slots after the answer that closed the gate.</summary>
    public static TheoryData<string> FixedDegrees => [.. StrategyCatalog.All.Where(strategy => !strategy.IsAdaptive).Select(strategy => strategy.Name)];

    public static TheoryData<string> Strategies => [.. StrategyCatalog.All.Select(strategy => strategy.Name)];

    [Theory, MemberData(nameof(Strategies))]
    public async Task An_item_that_waits_for_a_retry_holds_no_slot(string strategy)
    {
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-10", Strategy = strategy, DegreeOfParallelism = 1 },
            new UpstreamOptions(),
            new ScriptedUpstream((id, request) => id == 1 && request == 1
                ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500)
                : ScriptedUpstream.Found(id)));

        Task<RunSummary> going = run.StartAsync();

        RunFixture.Until(() => run.Progress is { Counts.Ingested: 9, InFlight: 0, Waiting: 1 }, "nine done past the one that waits");
        Assert.False(going.IsCompleted);
        Assert.Equal(new OutcomeCounts(10, 0, 0, 0), (await run.FinishAsync(going)).Counts);
    }

    [Theory, MemberData(nameof(FixedDegrees))]
    public async Task A_closed_gate_holds_all_slots_until_one_probe_was_answered(string strategy)
    {
        ConcurrentQueue<TaskCompletionSource<bool>> held = [];
        bool isHolding = true;
        using RunFixture run = new(
            new IngestionOptions { StallTimeout = TimeSpan.Zero, Ids = "1-20", Strategy = strategy, DegreeOfParallelism = 4 },
            new UpstreamOptions(),
            new ScriptedUpstream(async (_, id, _) =>
            {
                TaskCompletionSource<bool> isWelcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
                if (Volatile.Read(ref isHolding))
                    held.Enqueue(isWelcome);
                else
                    isWelcome.SetResult(true);
                return await isWelcome.Task ? ScriptedUpstream.Found(id) : ScriptedUpstream.Failed(FetchFailureKind.TooManyRequests, 429, RetryAfter);
            }));
        int slots = strategy == "Sequential" ? 1 : 4;
        Task<RunSummary> going = run.StartAsync();
        RunFixture.Until(() => held.Count == slots, "a request in every slot");

        Answer(held, isWelcome: false);
        RunFixture.Until(() => !run.Gate.IsOpen, "the closed gate");
        while (!held.IsEmpty)
            Answer(held, isWelcome: true);
        RunFixture.Until(() => run.Gate.Waiting == slots, "all slots at the gate");
        run.Clock.Advance(RetryAfter - TimeSpan.FromMilliseconds(1));
        Assert.Equal((slots, slots), (run.Gate.Waiting, run.Upstream.Requests.Count));

        run.Clock.Advance(TimeSpan.FromMilliseconds(1));
        RunFixture.Until(() => held.Count == 1, "the probe");
        run.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal((slots - 1, slots + 1, 1), (run.Gate.Waiting, run.Upstream.Requests.Count, run.Upstream.InFlight));

        Volatile.Write(ref isHolding, false);
        Answer(held, isWelcome: true);
        Assert.Equal(new OutcomeCounts(20, 0, 0, 0), (await run.FinishAsync(going)).Counts);
    }

    private static void Answer(ConcurrentQueue<TaskCompletionSource<bool>> held, bool isWelcome)
    {
        Assert.True(held.TryDequeue(out TaskCompletionSource<bool>? answer));
        answer.SetResult(isWelcome);
    }
}
