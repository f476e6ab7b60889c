using Microsoft.AspNetCore.Connections.Features;

namespace UpstreamSimulator.Http;

/// <summary>Sends what a broken upstream would send.</summary>
internal static class FaultyResponse
{
    private const int DripPieces = 20;
    private static readonly byte[] Spaces = Enumerable.Repeat((byte)' ', 16 * 1024).ToArray();
    private static readonly byte[] Html = "<!DOCTYPE html><html><body><h1>We are checking your browser</h1></body></html>"u8.ToArray();
    private static readonly byte[] OtherShape = """{"id":"one","name":null,"episode":"none"}"""u8.ToArray();

    public static Task SendAsync(HttpContext context, SimulatorOptions options, Answer answer, SimulatorStatistics statistics, TimeProvider time)
    {
        HttpResponse response = context.Response;
        FaultKind kind = answer.Fault.Kind;
        if (kind is not (FaultKind.Reset or FaultKind.Raw))
            statistics.AddStatus(kind is FaultKind.Redirect or FaultKind.RedirectHere ? 302 : answer.Status);

        return kind switch
        {
            FaultKind.Status => SendStatusAsync(response, options, answer.Fault),
            FaultKind.Reset => ResetAsync(context),
            FaultKind.Truncated => SendHalfAsync(context, answer),
            FaultKind.Html => response.SendAsync(200, Html, contentType: "text/html; charset=utf-8"),
            FaultKind.Empty => response.SendAsync(200, default),
            FaultKind.WrongShape => response.SendAsync(200, OtherShape),
            FaultKind.Redirect => RedirectAsync(response, new Uri(options.RedirectTo, context.Request.Path.Value).AbsoluteUri),
            FaultKind.RedirectHere => RedirectAsync(response, context.Request.Path.Value!),
            FaultKind.Oversize => SendPaddedAsync(context, answer, options.OversizeBytes, isLengthDeclared: true),
            FaultKind.OversizeChunked => SendPaddedAsync(context, answer, options.OversizeBytes, isLengthDeclared: false),
            FaultKind.Slow => response.Body.WriteAsync(answer.Body[DripLength(answer)..]).AsTask(),
            FaultKind.Raw => RawAnswers.SendAsync(context, answer.Fault.Name!, answer.Body, time),
            _ => response.SendAsync(answer.Status, answer.Body),
        };
    }

    /// <summary>Sends all but the last piece of a body, one piece after the other.</summary>
    public static async Task DripAsync(HttpResponse response, Answer answer, TimeSpan duration, TimeProvider time)
    {
        response.StatusCode = answer.Status;
        response.ContentType = JsonResponse.ContentType;
        response.ContentLength = answer.Body.Length;
        int piece = Math.Max(1, answer.Body.Length / DripPieces);
        for (int sent = 0; sent < DripLength(answer); sent += piece)
        {
            await response.Body.WriteAsync(answer.Body[sent..Math.Min(sent + piece, DripLength(answer))]);
            await response.Body.FlushAsync();
            await Task.Delay(duration / DripPieces, time, response.HttpContext.RequestAborted);
        }
    }

    private static int DripLength(Answer answer) => answer.Body.Length - Math.Max(1, answer.Body.Length / DripPieces);

    private static Task SendStatusAsync(HttpResponse response, SimulatorOptions options, Fault fault)
    {
        int? seconds = fault.RetryAfterSeconds
            ?? (fault.Status is 429 or 503 && options.RetryAfter is { } wait ? (int)Math.Ceiling(wait.TotalSeconds) : null);
        if (seconds is not null)
            response.Headers.RetryAfter = seconds.Value.ToString(CultureInfo.InvariantCulture);

        return response.SendAsync(fault.Status, Encoding.UTF8.GetBytes($"{{\"error\":\"simulated {fault.Status}\"}}"));
    }

    private static Task ResetAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    private static Task RedirectAsync(HttpResponse response, string location)
    {
        response.StatusCode = 302;
        response.Headers.Location = location;
        response.ContentLength = 0;
        return Task.CompletedTask;
    }

    private static async Task SendHalfAsync(HttpContext context, Answer answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = JsonResponse.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.Body.WriteAsync(answer.Body[..(answer.Body.Length / 2)]);
        await context.Response.Body.FlushAsync();

        // Returning early makes Kestrel close the connection cleanly: the half that was sent arrives, then the end.
        context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }

    // A proper record followed by white space: valid JSON all the way.
    private static async Task SendPaddedAsync(HttpContext context, Answer answer, int length, bool isLengthDeclared)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = JsonResponse.ContentType;
        if (isLengthDeclared)
            context.Response.ContentLength = Math.Max(length, answer.Body.Length);

        await context.Response.Body.WriteAsync(answer.Body);
        for (int left = length - answer.Body.Length; left > 0 && !context.RequestAborted.IsCancellationRequested; left -= Spaces.Length)
            await context.Response.Body.WriteAsync(Spaces.AsMemory(0, Math.Min(left, Spaces.Length)));
    }
}
