using UpstreamSimulator.Settings;

namespace UpstreamSimulator.Http;

/// <summary>The whole pipeline: one comparison sends a request of the API on its way. Beside it are statistics, and settings that change while the simulator runs.</summary>
internal sealed class RequestHandler(Simulator simulator, TimeProvider time)
{
    private const int MostIds = 100_000;

    private static readonly Fault Overload = new(FaultKind.Status, 429);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly SimulatorStatistics _statistics = simulator.Statistics;
    private readonly QuotaMeter _quota = new(time);

    public Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        return path.StartsWith(ApiQuery.Root, StringComparison.Ordinal) && HttpMethods.IsGet(context.Request.Method) ? AnswerAsync(context)
            : (context.Request.Method, path) is ("POST", ApiQuery.TokenPath) ? AnswerAsync(context)
            : AttendAsync(context, path);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        SimulatorState state = simulator.State;
        SimulatorOptions options = state.Options;
        Answer answer;
        int inFlight = _statistics.Enter();
        try
        {
            ApiQuery query = ApiQuery.Parse(context.Request);
            answer = query.Kind == ApiQueryKind.Token ? await state.Answers.TokenAsync(context.Request) : state.Answers.Find(query, context.Request);
            if (inFlight > options.RejectAbove || (options.Quota is { } quota && !_quota.TryTake(quota, options.QuotaWindow, context.Response.Headers)))
                answer = new Answer(Overload.Status, default, Fault: Overload);
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
            _statistics.Leave();
        }

        await SendAsync(context, options, answer);
    }

    private Task SendAsync(HttpContext context, SimulatorOptions options, Answer answer)
    {
        if (answer.DeliveredId != 0)
            _statistics.AddSuccess(answer.DeliveredId);
        foreach (int id in answer.DeliveredIds ?? [])
            _statistics.AddSuccess(id);
        if (answer.Fault.Kind != FaultKind.None)
        {
            _statistics.AddFault(answer.Fault);
            return FaultyResponse.SendAsync(context, options, answer, _statistics, time);
        }

        bool isKnown = answer.ETag is { } tag
            && context.Request.Headers.IfNoneMatch is { Count: > 0 } known && known.ToString().Contains(tag, StringComparison.Ordinal);
        _statistics.AddStatus(isKnown ? 304 : answer.Status);
        if (!isKnown)
            return context.Response.SendAsync(answer.Status, answer.Body, answer.ETag);

        context.Response.StatusCode = 304;
        context.Response.Headers.ETag = answer.ETag;
        return Task.CompletedTask;
    }

    private async Task AttendAsync(HttpContext context, string path)
    {
        (int status, ReadOnlyMemory<byte> body) = (200, "{}"u8.ToArray());
        try
        {
            switch (context.Request.Method, path)
            {
                case ("GET", "/stats"):
                    body = Count(context.Request.Query["ids"].ToString());
                    break;
                case ("POST", "/stats/reset"):
                    _statistics.Reset();
                    break;
                case ("POST", "/control"):
                    using (JsonDocument changes = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))
                        simulator.Options = Change(simulator.Options, changes.RootElement);
                    break;
                default:
                    (status, body) = (404, AnswerBook.NothingHere);
                    break;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            (status, body) = (400, JsonSerializer.SerializeToUtf8Bytes(new { error = e.Message }));
        }

        await context.Response.SendAsync(status, body);
    }

    /// <summary>All settings that are in the request, or none.</summary>
    private static SimulatorOptions Change(SimulatorOptions options, JsonElement changes) => changes.ValueKind == JsonValueKind.Object
        ? changes.EnumerateObject().Aggregate(
            options, (changed, property) => SettingTable.Apply(changed, property.Name, property.Value.ValueKind == JsonValueKind.Null ? "none" : property.Value.ToString()))
        : throw new FormatException("send an object of settings such as {\"latency\": \"2s\"}");

    /// <summary>All numbers; those per ID for the IDs asked for, or for the first 100,000 that were requested.</summary>
    private byte[] Count(string wanted)
    {
        IEnumerable<int> ids = wanted.Length > 0
            ? IdRanges.Parse(wanted).Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).Distinct()
            : _statistics.Ids();
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            totalRequests = _statistics.TotalRequests,
            tokenRequests = _statistics.TokenRequests,
            inFlight = _statistics.InFlight,
            maxInFlight = _statistics.MaxInFlight,
            byStatus = _statistics.ByStatus().ToDictionary(),
            byFault = _statistics.ByFault().ToDictionary(pair => pair.Key.ToString(), pair => pair.Value),
            ids = ids.Take(MostIds).ToDictionary(id => id, id => new { requests = _statistics.Requests(id), successes = _statistics.Successes(id) }),
        }, Indented);
    }
}
