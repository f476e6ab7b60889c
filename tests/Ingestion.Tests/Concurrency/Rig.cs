using System.Threading.Channels;
using Ingestion.Concurrency;

namespace Ingestion.Tests.Concurrency;

/// <summary>A strategy with everything it needs for one run over the items 1 to <c>count</c>.</summary>
internal sealed class Rig : IDisposable
{
    private readonly Channel<int> _channel = Channel.CreateBounded<int>(64);
    private readonly IConcurrencyStrategy _strategy;

    /// <param name="strategy">Its name, and <c>auto</c> behind it where the degree is the ceiling of a limit that adapts.</param>
    /// <param name="degree">The degree of parallelism.</param>
    public Rig(string strategy, int degree)
    {
        string[] words = strategy.Split(' ');
        StrategyDescriptor descriptor = StrategyCatalog.Find(words[0])!;
        Limit = new ConcurrencyLimit(descriptor.FixedDegree ?? degree, isAdaptive: words is [_, "auto"]);
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
        Task run = StrategyContext<int>.RunAsync(_strategy, _channel.Reader, probe, Slots, StopReading.Token, Abort.Token);
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
