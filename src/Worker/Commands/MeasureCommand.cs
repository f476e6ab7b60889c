using Worker.Comparing;

namespace Worker.Commands;

/// <summary><c>measure</c>: one measurement of a comparison, in this process. <c>compare</c> starts it, and says what to do on its standard input.</summary>
internal static class MeasureCommand
{
    public const string Name = "measure";

    private const string Notes = "compare starts it; there is no use for it otherwise.\n";

    public static (Command Command, string Notes) Create()
    {
        Command command = new(Name, "Make one measurement of a comparison.") { Hidden = true };
        command.SetAction((_, _) => MeasureAsync());
        return (command, Notes);
    }

    private static async Task<int> MeasureAsync()
    {
        StreamReader input = new(Console.OpenStandardInput());
        Measurement.Order? order = await input.ReadLineAsync() is { } line ? JsonSerializer.Deserialize(line, MeasurementJsonContext.Default.Order) : null;
        if (order is null)
        {
            await Console.Error.WriteLineAsync($"ingestion-worker: {Name} is for compare alone; see ingestion-worker compare --help");
            return ExitCodes.BadCommandLine;
        }

        CancellationToken giveUp = WatchForEnd(input);
        int warmedUp = await RunAsync(order.WarmUp, new RunFiles(), giveUp);
        return warmedUp is ExitCodes.Success or ExitCodes.SomeItemsFailed ? await RunAsync(order.Run, new RunFiles(Picture: order.Picture), giveUp) : warmedUp;
    }

    private static async Task<int> RunAsync(Dictionary<string, string?> settings, RunFiles files, CancellationToken giveUp)
    {
        IHost host = WorkerHost.CreateRun(settings, files, redrive: null);
        StopSignals signals = host.Services.GetRequiredService<StopSignals>();
        try
        {
            // Nobody wants a part of a measurement: the second signal aborts what is in flight.
            await using CancellationTokenRegistration registration = giveUp.Register(() => GiveUp(signals));
            return await RunCommand.RunAsync(host);
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            return ExitCodes.Stopped;
        }
    }

    private static void GiveUp(StopSignals signals)
    {
        try
        {
            signals.Signal();
            signals.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The run has come to its end at this very moment.
        }
    }

    /// <summary>
    /// The other end closes when compare is told to stop, and when it dies. On a separate thread, which goes on until the process ends: one of the pool
    /// would be missing from the measurement.
    /// </summary>
    private static CancellationToken WatchForEnd(StreamReader input)
    {
        CancellationTokenSource ended = new();
        Thread watch = new(() =>
        {
            // Nothing more is expected but the end.
            _ = input.ReadToEnd();
            ended.Cancel();
        })
        { IsBackground = true, Name = "parent watch" };
        watch.Start();
        return ended.Token;
    }
}
