using System.Net.Http.Headers;

namespace Ingestion.Upstream;

/// <summary>
/// The bearer token of the moment, by client credentials (RFC 6749, section 4.4). It is fetched once for all who wait for it, and again before it expires or when the API
/// has refused it.
/// </summary>
internal sealed class OAuthTokens(OAuthOptions options, TimeSpan timeout, TimeProvider time, HttpMessageHandler handler) : IDisposable
{
    private const int MaxAnswerBytes = 64 * 1024;

    /// <summary>How long before its end a token is renewed; one that lives shorter than twice as long, at half its life.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new(handler) { Timeout = timeout, MaxResponseContentBufferSize = MaxAnswerBytes };
    private readonly Lock _lock = new();
    private string? _token;
    private long _receivedAt;
    private TimeSpan _lifetime;
    private Task<string>? _fetching;

    /// <summary>A token that should be good.</summary>
    /// <param name="refused">The one that the API has just refused, or null.</param>
    /// <exception cref="AccessException">There is none.</exception>
    public async ValueTask<string> GetAsync(string? refused, bool async, CancellationToken cancellationToken)
    {
        Task<string> fetching;
        lock (_lock)
        {
            if (_token is { } token && token != refused && time.GetElapsedTime(_receivedAt) < _lifetime)
                return token;
            fetching = _fetching ??= Task.Run(FetchAsync, CancellationToken.None);
        }

        return async ? await fetching.WaitAsync(cancellationToken) : fetching.WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> FetchAsync()
    {
        long askedAt = time.GetTimestamp();
        try
        {
            using HttpRequestMessage request = new(HttpMethod.Post, options.TokenUrl) { Content = new FormUrlEncodedContent(Form()) };
            string credentials = $"{Uri.EscapeDataString(options.ClientId!)}:{Uri.EscapeDataString(options.ClientSecret!)}";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using HttpResponseMessage response = await _http.SendAsync(request);
            (string token, TimeSpan lifetime) = Read(response, await response.Content.ReadAsByteArrayAsync());
            lock (_lock)
                (_token, _lifetime, _receivedAt) = (token, lifetime, askedAt);
            return token;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            string reason = exception is OperationCanceledException ? $"no answer within {timeout}" : FetchFailures.FromException(exception, options.TokenUrl!)!.Reason;
            throw new AccessException(new FetchFailure(FetchFailureKind.ConnectionFailed, $"no token: {reason}"));
        }
        finally
        {
            lock (_lock)
                _fetching = null;
        }
    }

    private IEnumerable<KeyValuePair<string, string>> Form()
    {
        yield return new("grant_type", "client_credentials");
        if (options.Scope is { } scope)
            yield return new("scope", scope);
    }

    private (string Token, TimeSpan Lifetime) Read(HttpResponseMessage response, byte[] body)
    {
        int status = (int)response.StatusCode;
        if (status is 408 or 429 or >= 500)
            throw new AccessException(new FetchFailure(FetchFailureKind.ConnectionFailed, $"no token: HTTP {status} from {Where}"));
        if (status != 200)
            throw Refused($"HTTP {status} from {Where}", status, $"Check {OAuthOptions.Section}:ClientId, ClientSecret and Scope");

        try
        {
            using JsonDocument answer = JsonDocument.Parse(body);
            string? token = answer.RootElement.GetProperty("access_token").GetString();
            if (string.IsNullOrEmpty(token) || token.AsSpan().ContainsAnyExceptInRange('!', '~'))
                throw new FormatException();
            // Without one it is good until the API refuses it.
            bool hasEnd = answer.RootElement.TryGetProperty("expires_in", out JsonElement end);
            double seconds = hasEnd ? double.Parse(end.ToString(), CultureInfo.InvariantCulture) : TimeSpan.FromDays(365).TotalSeconds;
            TimeSpan lifetime = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, TimeSpan.FromDays(365).TotalSeconds));
            return (token, lifetime > 2 * Margin ? lifetime - Margin : lifetime / 2);
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw Refused($"what {Where} answers has no access_token that can be sent", 401, $"Check {OAuthOptions.Section}:TokenUrl");
        }
    }

    private string Where => FetchFailures.Display(options.TokenUrl!);

    private static AccessException Refused(string reason, int status, string advice) =>
        new(new FetchFailure(FetchFailureKind.ClientError, $"no token: {reason}", StatusCode: status is 404 or 410 ? 401 : status) { IsAboutClient = true, Advice = advice });
}
