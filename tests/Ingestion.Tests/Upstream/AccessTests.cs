using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Ingestion.Runs;
using Ingestion.Upstream;
using Microsoft.Extensions.Configuration;
using TestSupport.Time;

namespace Ingestion.Tests.Upstream;

/// <summary>What an API wants to know of its clients: headers, a query, bearer tokens.</summary>
public sealed class AccessTests
{
    private static readonly Uri Address = new("https://api.example/parts/7");

    private readonly ManualTimeProvider _time = new();
    private readonly Server _api = new();
    private readonly Server _tokens = new();

    private int _granted;

    public AccessTests() => _tokens.Answer = _ => Grant(expiresIn: "3600");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_request_has_the_headers_and_the_query(bool async)
    {
        UpstreamOptions options = new() { Headers = { ["Authorization"] = "Bearer abc", ["X-Key"] = "k" }, Query = { ["api key"] = "a&b" } };
        using HttpMessageInvoker client = new(new AccessHandler(options, tokens: null, _api));

        await SendAsync(client, async);

        Assert.Equal("https://api.example/parts/7?api%20key=a%26b Bearer abc k", Assert.Single(_api.Seen));
    }

    [Fact]
    public async Task A_query_of_the_path_stays()
    {
        using HttpMessageInvoker client = new(new AccessHandler(new UpstreamOptions { Query = { ["key"] = "k" } }, tokens: null, _api));
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri("https://api.example/parts?sku=a%2Fb"));

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.StartsWith("https://api.example/parts?sku=a%2Fb&key=k ", Assert.Single(_api.Seen), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_redirect_leads_to_is_not_told_the_credentials()
    {
        UpstreamOptions options = new() { Headers = { ["Authorization"] = "Bearer abc", ["X-Key"] = "k" }, Query = { ["key"] = "secret" } };
        using HttpMessageInvoker client = new(new AccessHandler(options, tokens: null, _api));
        using HttpRequestMessage request = new(HttpMethod.Get, Address);
        request.Options.Set(AccessHandler.IsRedirected, true);

        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("https://api.example/parts/7  k", Assert.Single(_api.Seen));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_token_is_fetched_once_for_all_and_again_before_it_expires(bool async)
    {
        using HttpMessageInvoker client = new(new AccessHandler(new UpstreamOptions(), Tokens(), _api));

        await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => SendAsync(client, async))));
        Assert.Equal(30, _api.Seen.Count(request => request.Contains("Bearer token-1 ", StringComparison.Ordinal)));
        _time.Advance(TimeSpan.FromSeconds(3569));
        await SendAsync(client, async);
        Assert.Single(_tokens.Seen);
        _time.Advance(TimeSpan.FromSeconds(2));
        await SendAsync(client, async);

        Assert.Equal(["https://login.example/token Basic Y2xpZW50JTIwMTpzJTNBYw== ", "https://login.example/token Basic Y2xpZW50JTIwMTpzJTNBYw== "], _tokens.Seen);
        Assert.Contains("token-2", _api.Seen.Last(), StringComparison.Ordinal);
        Assert.Equal("grant_type=client_credentials&scope=read+all", _tokens.Body);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_replaced_once()
    {
        _api.Answer = request => new HttpResponseMessage(request.Contains("token-1", StringComparison.Ordinal) ? HttpStatusCode.Unauthorized : HttpStatusCode.OK);
        using HttpMessageInvoker client = new(new AccessHandler(new UpstreamOptions(), Tokens(), _api));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(client, async: true));
        Assert.Equal(2, _api.Seen.Count);

        _api.Answer = _ => new HttpResponseMessage(HttpStatusCode.Unauthorized);
        Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(client, async: true));

        Assert.Equal((4, 3), (_api.Seen.Count, _tokens.Seen.Count));
    }

    [Theory]
    [InlineData(401, "{}", true, "no token: HTTP 401 from https://login.example/token")]
    [InlineData(404, "{}", true, "no token: HTTP 404 from https://login.example/token")]
    [InlineData(503, "{}", false, "no token: HTTP 503 from https://login.example/token")]
    [InlineData(200, "<html>", true, "no token: what https://login.example/token answers has no access_token that can be sent")]
    [InlineData(200, "[]", true, "no token: what https://login.example/token answers has no access_token that can be sent")]
    [InlineData(200, """{"access_token":7}""", true, "no token: what https://login.example/token answers has no access_token that can be sent")]
    [InlineData(200, """{"access_token":"a\nb"}""", true, "no token: what https://login.example/token answers has no access_token that can be sent")]
    [InlineData(200, """{"access_token":"ab","expires_in":"soon"}""", true, "no token: what https://login.example/token answers has no access_token that can be sent")]
    public async Task Without_a_token_no_request_is_made(int status, string body, bool isRefusal, string reason)
    {
        _tokens.Answer = _ => new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body) };
        using HttpMessageInvoker client = new(new AccessHandler(new UpstreamOptions(), Tokens(), _api));

        AccessException refused = await Assert.ThrowsAsync<AccessException>(() => SendAsync(client, async: true));

        Assert.Equal((reason, isRefusal), (refused.Failure.Reason, refused.Failure.IsRefusal));
        Assert.Equal(refused.Failure, FetchFailures.FromException(refused, Address));
        Assert.Empty(_api.Seen);
    }

    [Theory]
    [InlineData("Upstream:Headers:X Key is no name of a header; ", "Upstream:Headers:X Key=secret")]
    [InlineData("Upstream:Headers:Host cannot be set: ", "Upstream:Headers:Host=secret")]
    [InlineData("Upstream:Headers:X-Key has a value that no header can have; ", "Upstream:Headers:X-Key=secret\nX: y")]
    [InlineData("Upstream:Headers:X-Key has a value that no header can have; ", "Upstream:Headers:X-Key=")]
    [InlineData("Upstream:Headers is '***', but must be keys and values", "Upstream:Headers=secret")]
    [InlineData("Upstream:Headers:X:Y:Z is no name of a header; ", "Upstream:Headers:X:Y:Z=secret")]
    [InlineData("Upstream:Query:key is empty; ", "Upstream:Query:key=")]
    [InlineData("Upstream:OAuth needs ClientId and ClientSecret as well", "Upstream:OAuth:TokenUrl=https://login.example/")]
    [InlineData("Upstream:OAuth needs TokenUrl as well", "Upstream:OAuth:ClientId=a", "Upstream:OAuth:ClientSecret=secret")]
    [InlineData("Upstream:OAuth:Scope is set, but no TokenUrl", "Upstream:OAuth:Scope=secret")]
    [InlineData("Upstream:OAuth and Upstream:Headers:Authorization are both set", "Upstream:OAuth:TokenUrl=https://login.example/", "Upstream:OAuth:ClientId=a", "Upstream:OAuth:ClientSecret=secret", "Upstream:Headers:authorization=Bearer secret")]
    [InlineData("Upstream:OAuth:Secret is not a setting", "Upstream:OAuth:Secret=secret")]
    public void Credentials_that_cannot_be_sent_are_refused_without_being_shown(string expected, params string[] settings)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>(pair[0], pair[1]))).Build();

        string error = Assert.Single(ConfigurationRules.FindErrors(configuration), line => line.StartsWith("Upstream:", StringComparison.Ordinal));

        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
        Assert.All(ConfigurationRules.Read(configuration), setting => Assert.True(setting.IsSecret || !setting.Value.Contains("secret", StringComparison.Ordinal) || setting.Key.EndsWith("Scope", StringComparison.Ordinal), setting.Key));
    }

    private OAuthTokens Tokens() => new(
        new OAuthOptions { TokenUrl = new Uri("https://login.example/token"), ClientId = "client 1", ClientSecret = "s:c", Scope = "read all" }, TimeSpan.FromSeconds(10), _time, _tokens);

    private HttpResponseMessage Grant(string expiresIn) =>
        new(HttpStatusCode.OK) { Content = new StringContent($$"""{"access_token":"token-{{Interlocked.Increment(ref _granted)}}","token_type":"bearer","expires_in":{{expiresIn}}}""") };

    private static async Task<HttpStatusCode> SendAsync(HttpMessageInvoker client, bool async)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Address);
        using HttpResponseMessage response = async ? await client.SendAsync(request, CancellationToken.None) : client.Send(request, CancellationToken.None);
        return response.StatusCode;
    }

    private sealed class Server : HttpMessageHandler
    {
        public Func<string, HttpResponseMessage> Answer { get; set; } = _ => new HttpResponseMessage(HttpStatusCode.OK);

        /// <summary>Address, authorization and key of each request.</summary>
        public ConcurrentQueue<string> Seen { get; } = [];

        public string? Body { get; private set; }

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            string key = request.Headers.TryGetValues("X-Key", out IEnumerable<string>? values) ? string.Join(',', values) : "";
            string seen = $"{request.RequestUri!.AbsoluteUri} {request.Headers.Authorization} {key}";
            Seen.Enqueue(seen);
            Body = request.Content is null ? null : Encoding.UTF8.GetString(request.Content.ReadAsByteArrayAsync(cancellationToken).Result);
            return Answer(seen);
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(Send(request, cancellationToken));
    }
}
