using System.Threading.Channels;
using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>A strategy with everything it needs for one run over the items 1 to <c>count</c>.</summary>
internal sealed class Rig : IDisposable
{
    private readonly Channel<int> _channel = Channel.CreateBounded<int>(64);
    private readonly IConcurrencyStrategy _strategy;

    public Rig(string strategy, int degree)
    {
        StrategyDescriptor descriptor = StrategyCatalog.Find(strategy)!;
        Limit = new ConcurrencyLimit(descriptor.FixedDegree ?? degree);
        Slots = new Slots(Limit);
        _strategy = descriptor.Strategy;
    }

    public ConcurrencyLimit Limit { get; }

    public Slots Slots { get; }

    public CancellationTokenSource StopReading { get; } = new();

    public CancellationTokenSource Abort { get; } = new();

    public ChannelWriter<int> Items => _channel.Writer;

    /// <summary>Runs the strategy over these items and, unless told otherwise, an end after them.</summary>
    public async Task RunAsync(Probe probe, int count, bool hasEnd = true)
    {
        Task run = StrategyRun<int>.RunAsync(_strategy, _channel.Reader, probe, Slots, StopReading.Token, Abort.Token);
        Task feed = Task.Run(async () =>
        {
            for (int item = 1; item <= count; item++)
                await Items.WriteAsync(item, StopReading.Token);
            if (hasEnd)
                Items.Complete();
        });
        try
        {
            await run.WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            await StopReading.CancelAsync();
            await feed.ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    public void Dispose()
    {
        StopReading.Dispose();
        Abort.Dispose();
    }
}
