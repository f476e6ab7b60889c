using System.Collections.Concurrent;
using Ingestion.Concurrency;
using Ingestion.Runs;
using Ingestion.Runs.Feeding;
using Ingestion.Sources;
using TestSupport.Time;

namespace Ingestion.Tests.Concurrency;

/// <summary>Whatever the strategy: it takes what is urgent next, and goes on with the rest too.</summary>
public sealed class UrgentItemTests
{
    private const int Waiting = 10_000;
    private const int Urgent = 1_000_000;

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task An_urgent_item_behind_ten_thousand_gets_the_next_slot(string strategy)
    {
        using Stage stage = new(strategy);
        await stage.AdmitAsync(1, Waiting);
        Task run = stage.RunAsync();
        await stage.BeganAsync(stage.Degree);
        // An item that somebody holds without a slot would start before it.
        Assert.False(SpinWait.SpinUntil(() => stage.Depth < Waiting - stage.Degree, TimeSpan.FromMilliseconds(200)));

        await stage.AdmitAsync(Urgent, 1);
        stage.LetGo(1);
        await stage.BeganAsync(1);

        Assert.Equal(Urgent, stage.Started.Last());
        await stage.StopAsync(run);
    }

    [Theory, MemberData(nameof(Strategies.Conforming), MemberType = typeof(Strategies))]
    public async Task The_rest_goes_on_however_much_is_urgent(string strategy)
    {
        using Stage stage = new(strategy);
        await stage.AdmitAsync(1, Waiting);
        await stage.AdmitAsync(Urgent, Waiting);
        Task run = stage.RunAsync();
        int turns = 100 / stage.Degree;
        for (int turn = 0; turn < turns; turn++)
        {
            await stage.BeganAsync(stage.Degree);
            stage.LetGo(stage.Degree);
        }

        await stage.BeganAsync(stage.Degree);

        int[] started = [.. stage.Started];
        // Two that take an item at once may put off the turn of the rest by one.
        Assert.InRange(started.Count(id => id < Urgent), started.Length / (UrgentFirstReader.MaxInARow + 2), started.Length / UrgentFirstReader.MaxInARow);
        await stage.StopAsync(run);
    }

    /// <summary>A strategy over a queue with both kinds of items, each of which is held up in its fetch until it is let go.</summary>
    private sealed class Stage : IAttemptStarter<WorkItem[]>, IDisposable
    {
        private readonly ConcurrentQueue<int> _started = new();
        private readonly SemaphoreSlim _began = new(0);
        private readonly SemaphoreSlim _go = new(0);
        private readonly CancellationTokenSource _stop = new();
        private readonly IConcurrencyStrategy _strategy;
        private readonly ConcurrencyLimit _limit;
        private readonly WorkQueue _queue = new(Waiting, new ManualTimeProvider(), hasUrgent: true);

        public Stage(string strategy)
        {
            string[] words = strategy.Split(' ');
            StrategyDescriptor descriptor = StrategyCatalog.Find(words[0])!;
            bool adapts = words is [_, "auto"] || descriptor.IsAdaptive;
            _limit = new ConcurrencyLimit(descriptor.FixedDegree ?? 4, adapts);
            _strategy = descriptor.Strategy;
        }

        /// <summary>How many run at once: nothing makes an adaptive limit grow here.</summary>
        public int Degree => _limit.InForce;

        public int Depth => _queue.Depth;

        public IEnumerable<int> Started => _started;

        public async Task AdmitAsync(int first, int count)
        {
            for (int id = first; id < first + count; id++)
                await _queue.AdmitAsync(new WorkItem(new SourceItem(id, IsUrgent: id >= Urgent)), CancellationToken.None, overtakes: id >= Urgent);
        }

        public Task RunAsync() => StrategyContext<WorkItem[]>.RunAsync(_strategy, new GroupReader(_queue.Reader, 1), this, new Slots(_limit), _stop.Token, CancellationToken.None);

        public async Task BeganAsync(int count)
        {
            for (int i = 0; i < count; i++)
                Assert.True(await _began.WaitAsync(TimeSpan.FromSeconds(30)), $"{i} instead of {count} items started");
        }

        public void LetGo(int count) => _go.Release(count);

        public async Task StopAsync(Task run)
        {
            await _stop.CancelAsync();
            _go.Release(1_000);
            await run.WaitAsync(TimeSpan.FromSeconds(30));
        }

        public IItemAttempt Start(WorkItem[] item, int slot)
        {
            _started.Enqueue((int)item[0].Key.Number);
            _began.Release();
            return new Attempt(_go);
        }

        public void Dispose()
        {
            _queue.Dispose();
            _stop.Dispose();
        }
    }

    private sealed class Attempt(SemaphoreSlim go) : IItemAttempt
    {
        public async ValueTask FetchAsync(bool async, CancellationToken abort)
        {
            if (async)
                await go.WaitAsync(abort);
            else
                go.Wait(abort);
        }

        public void Transform()
        {
        }

        public ValueTask PersistAsync(bool async, CancellationToken abort) => ValueTask.CompletedTask;

        public void End()
        {
        }
    }
}
