using System.Diagnostics;
using Ingestion.Telemetry;
using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>An attempt's way to the upstream: through the gate, then one HTTP request. With <c>async: false</c> both block.</summary>
internal sealed class GatedRequest(RunContext run, AttemptTrace trace, AttemptActivity activity)
{
    /// <summary>
    /// Passes the gate. At a closed one it may fall to this attempt to ask for a canary first; if that gets no answer the attempt is refused. Neither a
    /// pass nor a refusal means that reading stopped meanwhile: an attempt that has not begun is given back, or a closed gate would hold up
    /// the end of the run.
    /// </summary>
    public async ValueTask<(GatePass? Pass, FetchFailure? Refusal)> PassGateAsync(bool async, CancellationToken abort)
    {
        while (await EnterGateAsync(async, abort) is { } pass)
        {
            if (pass.CanaryId is not { } canary)
                return (pass, null);

            (FetchResult answer, _) = await SendAsync(pass, canary, run.ItemTimeout, async, abort);
            if (answer.Failure is { } failure)
                return (null, failure with { Reason = $"not tried, because character {canary}, which was there before, is not answered either: {failure.Reason}" });
        }

        return (null, null);
    }

    /// <summary>The span of the request that was made last; default when it has none.</summary>
    public ActivityContext Span { get; private set; }

    /// <summary>Makes the request that the pass is for, and reports back to the gate how it went.</summary>
    /// <param name="pass">What the gate gave out.</param>
    /// <param name="characterId">Whom the request is for; of several the first.</param>
    /// <param name="timeLeft">The longest it may take.</param>
    /// <param name="async">Whether to wait without the thread.</param>
    /// <param name="abort">Gives it up.</param>
    /// <param name="entityTag">The tag of the record that is stored, for a request for one.</param>
    /// <param name="several">All IDs of a request for several, else null.</param>
    public async ValueTask<(FetchResult Result, TimeSpan Took)> SendAsync(
        GatePass pass, int characterId, TimeSpan timeLeft, bool async, CancellationToken abort, string? entityTag = null, IReadOnlyList<int>? several = null)
    {
        run.RetryBudget.AddRequest();
        bool isReported = false;
        activity.Begin(Stage.Fetch);
        try
        {
            using Activity? span = trace.StartSpan(IngestionActivity.Fetch);
            if (pass.CanaryId is { } canary)
                span?.SetTag(TagNames.CanaryId, canary);
            if (several is not null)
                span?.SetTag(TagNames.RequestItems, several.Count);
            Span = span?.Context ?? default;
            FetchResult result = (several, async) switch
            {
                (null, true) => await run.Upstream.FetchAsync(characterId, timeLeft, abort, entityTag),
                (null, false) => run.Upstream.Fetch(characterId, timeLeft, abort, entityTag),
                (_, true) => await run.Upstream.FetchSeveralAsync(several, timeLeft, abort),
                (_, false) => run.Upstream.FetchSeveral(several, timeLeft, abort),
            };
            isReported = true;
            if (result.Failure is { } failure)
            {
                span?.SetTag(TagNames.ErrorType, failure.Kind.ToString())?.SetStatus(ActivityStatusCode.Error, failure.Reason);
                run.Gate.ReportFailure(pass, failure);
            }
            else
            {
                run.Gate.ReportSuccess(pass, characterId);
            }

            return (result, activity.End());
        }
        finally
        {
            if (!isReported)
                run.Gate.ReportAborted(pass);
        }
    }

    private async ValueTask<GatePass?> EnterGateAsync(bool async, CancellationToken abort)
    {
        activity.Begin(Stage.Gate);
        bool hasWaited = true;
        try
        {
            if (!async)
                return run.Gate.Enter(run.LeaveGate);

            ValueTask<GatePass> entering = run.Gate.EnterAsync(run.LeaveGate);
            hasWaited = !entering.IsCompleted;
            return await entering;
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            if (hasWaited)
                activity.End();
            else
                activity.Skip();
        }
    }
}
