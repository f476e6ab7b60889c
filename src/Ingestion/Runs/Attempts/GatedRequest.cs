using Ingestion.Concurrency;
using Ingestion.Concurrency.Adaptive;
using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>An attempt's way to the upstream: through the gate, then one HTTP request, then the configured delay. With <c>async: false</c> all of them block.</summary>
/// <param name="attempt">Whose span and stages the request belongs to.</param>
internal sealed class GatedRequest(Run run, ItemAttempt attempt)
{
    // An answer that the configured delay is still held against: it counts as a part of the upstream's latency.
    private Tuple<AdaptiveLimiter, AttemptEnd>? _held;

    /// <summary>The span of the request that was made last; default when it has none.</summary>
    public ActivityContext Span { get; private set; }

    public TimeSpan Took { get; private set; }

    /// <summary>What the gate's <see cref="IUpstreamGate.TimesRefused"/> was before it.</summary>
    public int TimesRefusedBefore { get; private set; }

    // On a clock that only goes forward, and that all attempts share.
    private TimeSpan Now => run.TimeProvider.GetElapsedTime(0);

    /// <summary>
    /// Passes the gate. At a closed one it may fall to this attempt to ask for a canary first; if that gets no answer the attempt is refused. Neither a
    /// pass nor a refusal means that reading stopped meanwhile: an attempt that has not begun is given back, or a closed gate would hold up
    /// the end of the run.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(GatePass? Pass, FetchFailure? Refusal)> PassGateAsync(bool async, CancellationToken abort)
    {
        while (await EnterGateAsync(async, abort) is { } pass)
        {
            if (pass.Canary is not { } canary)
                return (pass, null);

            FetchResult answer = await SendAsync(pass, new FetchRequest(canary, run.UpstreamOptions.ItemTimeout), async, abort);
            answer.Share?.Dispose();
            if (answer.Failure is { } failure)
                return (null, failure with { Reason = $"not tried, because item {canary}, which was there before, is not answered either: {failure.Reason}" });
        }

        return (null, null);
    }

    /// <summary>Makes the request that the pass is for, and reports back to the gate how it went.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FetchResult> SendAsync(GatePass pass, FetchRequest request, bool async, CancellationToken abort)
    {
        run.Services.RetryBudget.AddRequest();
        run.Tally.AddRequest();
        TimesRefusedBefore = run.Gate.TimesRefused;
        long place = run.Requests.Next();
        using StageScope stage = attempt.Begin(Stage.Fetch, IngestionActivity.Fetch);
        Span = stage.Span?.Context ?? default;
        if (pass.Canary is { } canary)
            stage.Span?.SetTag(TagNames.CanaryId, canary.ToString());
        if (request.Several is { } several)
            stage.Span?.SetTag(TagNames.RequestItems, several.Count);

        // A probe goes alone: it says nothing about how many attempts the upstream can handle.
        AdaptiveLimiter? limiter = pass.IsProbe ? null : run.Limit.Limiter;
        TimeSpan began = Now;
        limiter?.Started(began);
        FetchResult? result = null;
        try
        {
            result = await FetchAsync(request, async, abort);
        }
        finally
        {
            TimeSpan now = Now;
            Took = now - began;
            if (limiter is not null)
                Measure(limiter, now, LoadSigns.Of(result, Took, request.Count));
            if (result is null)
                run.Gate.ReportAborted(pass);
        }

        if (result.Quota is { } quota)
            run.Gate.Heed(quota);
        if (result.Failure is not { } failure)
        {
            run.Requests.Answered(place);
            run.Gate.ReportSuccess(pass, request.Key);
        }
        else
        {
            stage.Span?.SetTag(TagNames.ErrorType, failure.Kind.ToString())?.SetStatus(ActivityStatusCode.Error, failure.Reason);
            if (limiter is { IsAtFloor: false } && LoadSigns.IsRejectionWithoutPause(failure))
                run.Gate.ReportSuccess(pass); // "Too many requests" is an answer, and the limit has been lowered.
            else
                run.Gate.ReportFailure(pass, failure);
        }

        return result;
    }

    /// <summary>A separate method, for what is suppressed in it: logs, too, are lost then.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FetchResult> FetchAsync(FetchRequest request, bool async, CancellationToken abort)
    {
        attempt.Span.PrepareRequest();
        return async ? await run.Services.Upstream.FetchAsync(request, abort) : run.Services.Upstream.Fetch(request, abort);
    }

    /// <summary>The wait of <c>Ingestion:Delay</c> after a request, as a separate stage and span.</summary>
    public async ValueTask DelayAsync(bool async, CancellationToken abort)
    {
        using (attempt.Begin(Stage.Delay, IngestionActivity.Delay))
        {
            Task delay = Task.Delay(run.Options.Delay, run.TimeProvider, abort);
            if (!async)
                delay.GetAwaiter().GetResult();
            await delay;
        }

        if (_held is var (limiter, end))
            limiter.Ended(Now, end with { Latency = end.Latency + run.Options.Delay });
        _held = null;
    }

    private void Measure(AdaptiveLimiter limiter, TimeSpan now, AttemptEnd end)
    {
        if (run.Options.Delay > TimeSpan.Zero && end.Result == AttemptResult.Answered)
            _held = Tuple.Create(limiter, end);
        else
            limiter.Ended(now, end);
    }

    private async ValueTask<GatePass?> EnterGateAsync(bool async, CancellationToken abort)
    {
        CancellationToken leave = run.Tokens.StopReading;
        try
        {
            ValueTask<GatePass> entering = async ? run.Gate.EnterAsync(leave) : default;
            if (async && entering.IsCompleted)
                return await entering; // It took no time worth noting.

            using StageScope stage = attempt.Begin(Stage.Gate);
            return async ? await entering : run.Gate.Enter(leave);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            return null;
        }
    }
}
