using UpstreamSimulator.Faults;
using UpstreamSimulator.Statistics;

namespace UpstreamSimulator.Http;

/// <summary>Answers everything below <c>/api</c>, and requests for tokens.</summary>
internal sealed class ApiEndpoint(Func<SimulatorState> current, SimulatorStatistics statistics, TimeProvider time)
{
    private static readonly Fault Overload = new(FaultKind.Status, 429);
    private readonly QuotaMeter _quota = new(time);

    public async Task HandleAsync(HttpContext context)
    {
        SimulatorState state = current();
        SimulatorOptions options = state.Options;
        Answer answer;
        int inFlight = statistics.Enter();
        try
        {
            ApiQuery query = ApiQuery.Parse(context.Request);
            answer = query.Kind == ApiQueryKind.Token ? await state.Answers.TokenAsync(context.Request) : state.Answers.Find(query, context.Request);
            if (inFlight > options.RejectAbove || (options.Quota is { } quota && !_quota.TryTake(quota, options.QuotaWindow, context.Response.Headers)))
                answer = Answer.Failing(Overload);
            else if (state.Answers.LatencyOf(query, inFlight) is { Ticks: > 0 } latency)
                await Task.Delay(latency, time, context.RequestAborted);

            if (answer.Fault.Kind == FaultKind.Hang)
                await Task.Delay(Timeout.InfiniteTimeSpan, time, context.RequestAborted);
            if (answer.Fault.Kind == FaultKind.Slow)
                await FaultyResponse.DripAsync(context.Response, answer, options.SlowBody, time);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            statistics.Leave();
        }

        await SendAsync(context, options, answer);
    }

    private Task SendAsync(HttpContext context, SimulatorOptions options, Answer answer)
    {
        if (answer.DeliveredId != 0)
            statistics.AddSuccess(answer.DeliveredId);
        foreach (int id in answer.DeliveredIds ?? [])
            statistics.AddSuccess(id);

        if (answer.Fault.Kind != FaultKind.None)
        {
            statistics.AddFault(answer.Fault);
            return FaultyResponse.SendAsync(context, options, answer, statistics, time);
        }

        if (answer.ETag is { } tag && context.Request.Headers.IfNoneMatch is { Count: > 0 } known && known.ToString().Contains(tag, StringComparison.Ordinal))
        {
            statistics.AddStatus(304);
            context.Response.StatusCode = 304;
            context.Response.Headers.ETag = tag;
            return Task.CompletedTask;
        }

        statistics.AddStatus(answer.Status);
        return JsonResponse.SendAsync(context.Response, answer.Status, answer.Body, answer.ETag);
    }
}
