namespace UpstreamSimulator.Http;

/// <summary>Sends bodies of known length, mostly JSON.</summary>
internal static class JsonResponse
{
    public const string ContentType = "application/json; charset=utf-8";

    public static Task SendAsync(this HttpResponse response, int status, ReadOnlyMemory<byte> body, string? tag = null, string contentType = ContentType)
    {
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (status == 401)
            response.Headers.WWWAuthenticate = "Bearer";
        if (tag is not null)
            response.Headers.ETag = tag;

        ValueTask<System.IO.Pipelines.FlushResult> sent = response.BodyWriter.WriteAsync(body);
        return sent.IsCompletedSuccessfully ? Task.CompletedTask : sent.AsTask();
    }
}
