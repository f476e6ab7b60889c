namespace UpstreamSimulator.Http;

/// <summary>The whole pipeline: one comparison sends a request of the API on its way.</summary>
internal sealed class RequestRouter(ApiEndpoint api, StatsEndpoint stats, ControlEndpoint control)
{
    private static readonly ReadOnlyMemory<byte> NothingHere = """{"error":"There is nothing here"}"""u8.ToArray();

    public Task HandleAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if (path.StartsWith(ApiQuery.Root, StringComparison.Ordinal) && HttpMethods.IsGet(context.Request.Method))
            return api.HandleAsync(context);

        return (context.Request.Method, path) switch
        {
            ("GET", "/stats") => stats.ShowAsync(context),
            ("POST", "/stats/reset") => stats.ResetAsync(context),
            ("POST", ApiQuery.TokenPath) => api.HandleAsync(context),
            ("POST", "/control") => control.HandleAsync(context),
            _ => JsonResponse.SendAsync(context.Response, 404, NothingHere),
        };
    }
}
