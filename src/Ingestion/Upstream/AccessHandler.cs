using System.Net;
using System.Net.Http.Headers;

namespace Ingestion.Upstream;

/// <summary>Adds to each request what the API wants of its clients: the configured headers and query, or a bearer token, of which a new one is fetched when it is refused.</summary>
internal sealed class AccessHandler(UpstreamOptions options, OAuthTokens? tokens, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    /// <summary>Set on a request that follows a redirect: whatever it leads to is not told the credentials.</summary>
    public static readonly HttpRequestOptionsKey<bool> IsRedirected = new(nameof(IsRedirected));

    /// <summary>The address with a query beside what it asks for by itself. A link to the next page may name the credentials it was asked for with: those go.</summary>
    public static Uri WithQuery(Uri address, IDictionary<string, string> query, string? mask = null)
    {
        IEnumerable<string> own = address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Where(part => !query.ContainsKey(Uri.UnescapeDataString(part.Split('=')[0])));
        IEnumerable<string> added = query.Select(pair => $"{Uri.EscapeDataString(pair.Key)}={mask ?? Uri.EscapeDataString(pair.Value)}");
        return new UriBuilder(address) { Query = string.Join('&', own.Concat(added)) }.Uri;
    }

    // Each await is of something complete: this thread waits for the token, and the request is sent by it.
    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, async: false, cancellationToken).GetAwaiter().GetResult();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        SendAsync(request, async: true, cancellationToken);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, bool async, CancellationToken cancellationToken)
    {
        bool isRedirected = request.Options.TryGetValue(IsRedirected, out bool value) && value;
        if (options.Query.Count > 0 && !isRedirected)
            request.RequestUri = WithQuery(request.RequestUri!, options.Query);
        foreach ((string name, string text) in options.Headers)
        {
            if (isRedirected && name.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
                continue;
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, text);
        }

        string? refused = null;
        while (true)
        {
            string? token = tokens is null || isRedirected ? null : await tokens.GetAsync(refused, async, cancellationToken);
            if (token is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            HttpResponseMessage response = async ? await base.SendAsync(request, cancellationToken) : base.Send(request, cancellationToken);
            if (response.StatusCode != HttpStatusCode.Unauthorized || token is null || refused is not null)
                return response;

            refused = token;
            response.Dispose();
        }
    }
}
