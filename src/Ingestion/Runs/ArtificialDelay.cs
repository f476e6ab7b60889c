using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>The wait of <c>Ingestion:Delay</c> after each fetch, as a stage and a span of its own.</summary>
internal static class ArtificialDelay
{
    public static async ValueTask WaitAsync(RunContext run, AttemptTrace trace, AttemptActivity activity, bool async, CancellationToken abort)
    {
        activity.Begin(Stage.Delay);
        using (trace.StartSpan(IngestionActivity.Delay))
        {
            Task delay = Task.Delay(run.Delay, run.TimeProvider, abort);
            if (async)
                await delay;
            else
                delay.GetAwaiter().GetResult();
        }

        activity.End();
    }
}
