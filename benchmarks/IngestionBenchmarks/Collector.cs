using System.Runtime.InteropServices;
using TestSupport.Otlp;

namespace IngestionBenchmarks;

/// <summary>An OTLP receiver as a process of its own, so that the traces of a benchmark go over the wire.</summary>
internal static class Collector
{
    public static async Task RunAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });

        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        Console.WriteLine($"listening on {receiver.GrpcEndpoint}");
        await stopped.Task;
    }
}
