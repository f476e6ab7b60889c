using Ingestion.Concurrency;
using Ingestion.Items;
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
            if (pass.Canary is not { } canary)
                return (pass, null);

            (FetchResult answer, _) = await SendAsync(pass, canary, run.ItemTimeout, async, abort);
            answer.Share?.Dispose();
            if (answer.Failure is { } failure)
                return (null, failure with { Reason = $"not tried, because character {canary}, which was there before, is not answered either: {failure.Reason}" });
        }

        return (null, null);
    }

    // An answer that the configured delay is still held against: it counts as a part of the upstream's latency.
    private AttemptEnd? _held;

    // On a clock that only goes forward, and that all attempts share.
    private TimeSpan Now => run.TimeProvider.GetElapsedTime(0);

    /// <summary>The configured delay after the request is over.</summary>
    public void EndDelay()
    {
        if (_held is { } end)
            run.Feedback?.Ended(Now, end with { Latency = end.Latency + run.Delay });
        _held = null;
    }

    /// <summary>The span of the request that was made last; default when it has none.</summary>
    public ActivityContext Span { get; private set; }

    /// <summary>What the gate's <see cref="IUpstreamGate.TimesRefused"/> was before that request.</summary>
    public int TimesRefusedBefore { get; private set; }

    /// <summary>Makes the request that the pass is for, and reports back to the gate how it went.</summary>
    /// <param name="pass">What the gate gave out.</param>
    /// <param name="key">Whom the request is for; of several the first.</param>
    /// <param name="timeLeft">The longest it may take.</param>
    /// <param name="async">Whether to wait without the thread.</param>
    /// <param name="abort">Gives it up.</param>
    /// <param name="entityTag">The tag of the record that is stored, for a request for one.</param>
    /// <param name="several">All IDs of a request for several, else null.</param>
    public async ValueTask<(FetchResult Result, TimeSpan Took)> SendAsync(
        GatePass pass, ItemKey key, TimeSpan timeLeft, bool async, CancellationToken abort, string? entityTag = null, IReadOnlyList<ItemKey>? several = null)
    {
        run.RetryBudget.AddRequest();
        run.Tally.AddRequest();
        TimesRefusedBefore = run.Gate.TimesRefused;
        long place = run.Requests.Next();
        bool isReported = false;
        activity.Begin(Stage.Fetch);
        try
        {
            using Activity? span = trace.StartSpan(IngestionActivity.Fetch);
            if (pass.Canary is { } canary)
                span?.SetTag(TagNames.CanaryId, canary.ToString());
            if (several is not null)
                span?.SetTag(TagNames.RequestItems, several.Count);
            Span = span?.Context ?? default;

            // A probe goes alone: it says nothing about how many attempts the upstream bears.
            IConcurrencyFeedback? feedback = pass.IsProbe ? null : run.Feedback;
            Question question = new(key, timeLeft, entityTag, several);
            FetchResult result = feedback is null
                ? await FetchAsync(question, async, abort)
                : await FetchMeasuredAsync(feedback, question, async, abort);
            isReported = true;
            if (result.Failure is { } failure)
            {
                span?.SetTag(TagNames.ErrorType, failure.Kind.ToString())?.SetStatus(ActivityStatusCode.Error, failure.Reason);
                if (feedback is { IsAtFloor: false } && LoadSigns.IsRejectionWithoutPause(failure))
                    run.Gate.ReportSuccess(pass); // "Too many requests" is an answer, and the limit has been lowered.
                else
                    run.Gate.ReportFailure(pass, failure);
            }
            else
            {
                run.Requests.Answered(place);
                run.Gate.ReportSuccess(pass, key);
            }

            return (result, activity.End());
        }
        finally
        {
            if (!isReported)
                run.Gate.ReportAborted(pass);
        }
    }

    private async ValueTask<FetchResult> FetchMeasuredAsync(IConcurrencyFeedback feedback, Question question, bool async, CancellationToken abort)
    {
        TimeSpan began = Now;
        FetchResult? result = null;
        feedback.Started(began);
        try
        {
            result = await FetchAsync(question, async, abort);
            return result.Value;
        }
        finally
        {
            TimeSpan now = Now;
            AttemptEnd end = LoadSigns.Of(result, now - began, question.Several?.Count ?? 1);
            if (run.Delay > TimeSpan.Zero && end.Result == AttemptResult.Answered)
                _held = end;
            else
                feedback.Ended(now, end);
        }
    }

    private ValueTask<FetchResult> FetchAsync(Question question, bool async, CancellationToken abort)
    {
        (ItemKey id, TimeSpan timeLeft, string? entityTag, IReadOnlyList<ItemKey>? several) = question;
        return (several, async) switch
        {
            (null, true) => run.Upstream.FetchAsync(id, timeLeft, abort, entityTag),
            (null, false) => ValueTask.FromResult(run.Upstream.Fetch(id, timeLeft, abort, entityTag)),
            (_, true) => run.Upstream.FetchSeveralAsync(several, timeLeft, abort),
            (_, false) => ValueTask.FromResult(run.Upstream.FetchSeveral(several, timeLeft, abort)),
        };
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

    private readonly record struct Question(ItemKey Key, TimeSpan TimeLeft, string? EntityTag, IReadOnlyList<ItemKey>? Several);
}
