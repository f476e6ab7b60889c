namespace UpstreamSimulator.Http;

/// <summary>The bearer tokens that are taken. Those handed out are not remembered: each says when that was.</summary>
internal sealed class BearerTokens(SimulatorOptions options, TimeProvider time)
{
    private const string ClientId = "worker";
    private const string ClientSecret = "s3cret+more";
    private const string Issued = "issued-";

    public bool IsValid(string? authorization) =>
        authorization == $"Bearer {options.Token}"
        || (authorization is not null && authorization.StartsWith($"Bearer {Issued}", StringComparison.Ordinal)
            && long.TryParse(authorization.AsSpan($"Bearer {Issued}".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long ticks)
            && time.GetUtcNow().Ticks - ticks is >= 0 and var age && age < options.TokenLifetime.Ticks);

    /// <summary>Answers a request of a client, after https://www.rfc-editor.org/rfc/rfc6749, sections 4.4 and 5.</summary>
    public async Task<(int Status, byte[] Body)> IssueAsync(HttpRequest request)
    {
        IFormCollection form = request.HasFormContentType ? await request.ReadFormAsync(request.HttpContext.RequestAborted) : FormCollection.Empty;
        if (form["grant_type"] != "client_credentials")
            return (400, """{"error":"unsupported_grant_type"}"""u8.ToArray());
        if (!IsClient(form, request.Headers.Authorization))
            return (401, """{"error":"invalid_client"}"""u8.ToArray());

        return (200, JsonSerializer.SerializeToUtf8Bytes(new
        {
            access_token = $"{Issued}{time.GetUtcNow().Ticks}",
            token_type = "Bearer",
            expires_in = (int)options.TokenLifetime.TotalSeconds,
        }));
    }

    // Section 2.3.1: in the body, or as a password, form-encoded before it is that.
    private static bool IsClient(IFormCollection form, string? authorization) =>
        (form["client_id"] == ClientId && form["client_secret"] == ClientSecret)
        || authorization == $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($"{ClientId}:{Uri.EscapeDataString(ClientSecret)}"))}";
}
