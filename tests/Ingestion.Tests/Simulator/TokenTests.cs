using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using TestSupport.Time;
using UpstreamSimulator;

namespace Ingestion.Tests.Simulator;

/// <summary>Bearer tokens for OAuth2 client credentials.</summary>
public sealed class TokenTests
{
    private static readonly (string, string)[] Credentials = [("grant_type", "client_credentials"), ("client_id", "worker"), ("client_secret", "s3cret+more")];

    [Fact]
    public async Task A_token_is_handed_out_for_a_secret_in_the_body_and_for_one_in_the_header()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(new SimulatorOptions { TokenLifetime = TimeSpan.FromMinutes(5) });

        foreach (HttpRequestMessage request in (HttpRequestMessage[])[Asking(api, Credentials), WithBasic(Asking(api, Credentials[0]), "worker:s3cret%2Bmore")])
        {
            (int status, JsonElement answer) = await SendAsync(api, request);

            Assert.Equal((200, "Bearer", 300), (status, answer.GetProperty("token_type").GetString(), answer.GetProperty("expires_in").GetInt32()));
            Assert.Equal(200, await PartAsync(api, answer.GetProperty("access_token").GetString()!));
        }

        Assert.Equal(2, api.Simulator.Statistics.TokenRequests);
        Assert.Equal(4, api.Simulator.Statistics.TotalRequests);
    }

    [Fact]
    public async Task Another_secret_and_another_grant_are_refused()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();

        Assert.Equal((401, "invalid_client"), await RefusalAsync(api, Asking(api, Credentials[0], Credentials[1], ("client_secret", "guess"))));
        Assert.Equal((401, "invalid_client"), await RefusalAsync(api, WithBasic(Asking(api, Credentials[0]), "worker:s3cret+more")));
        Assert.Equal((400, "unsupported_grant_type"), await RefusalAsync(api, Asking(api, [("grant_type", "password"), .. Credentials[1..]])));
        Assert.Equal((400, "unsupported_grant_type"), await RefusalAsync(api, new HttpRequestMessage(HttpMethod.Post, TokenUrl(api))));
        Assert.Equal(4, api.Simulator.Statistics.TokenRequests);
    }

    [Fact]
    public async Task A_token_expires()
    {
        var time = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(new SimulatorOptions { TokenLifetime = TimeSpan.FromMinutes(5) }, time);
        string token = await TokenAsync(api);

        time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Assert.Equal(200, await PartAsync(api, token));
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(401, await PartAsync(api, token));
        Assert.Equal(200, await PartAsync(api, await TokenAsync(api)));
    }

    [Fact]
    public async Task A_shorter_lifetime_takes_back_what_was_handed_out()
    {
        var time = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(time: time);
        string token = await TokenAsync(api);
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(200, await PartAsync(api, token));

        api.Simulator.Options = api.Simulator.Options with { TokenLifetime = TimeSpan.FromMinutes(1) };

        Assert.Equal(401, await PartAsync(api, token));
    }

    [Fact]
    public async Task Faults_of_ID_0_strike_requests_for_tokens()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("0:503");

        Assert.Equal(503, (await SendAsync(api, Asking(api, Credentials))).Status);
        Assert.Equal(200, (await SendAsync(api, Asking(api, Credentials))).Status);
    }

    private static Uri TokenUrl(SimulatedApi api) => new(api.Simulator.BaseAddress, "/oauth/token");

    private static HttpRequestMessage Asking(SimulatedApi api, params (string Name, string Value)[] fields) => new(HttpMethod.Post, TokenUrl(api))
    {
        Content = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))),
    };

    private static HttpRequestMessage WithBasic(HttpRequestMessage request, string password)
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes(password)));
        return request;
    }

    private static async Task<(int Status, JsonElement Answer)> SendAsync(SimulatedApi api, HttpRequestMessage request)
    {
        using (request)
        using (HttpResponseMessage response = await api.Client.SendAsync(request))
            return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    private static async Task<(int Status, string? Error)> RefusalAsync(SimulatedApi api, HttpRequestMessage request)
    {
        (int status, JsonElement answer) = await SendAsync(api, request);
        return (status, answer.GetProperty("error").GetString());
    }

    private static async Task<string> TokenAsync(SimulatedApi api) =>
        (await SendAsync(api, Asking(api, Credentials))).Answer.GetProperty("access_token").GetString()!;

    private static async Task<int> PartAsync(SimulatedApi api, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("parts/AX-0005%2Fb", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return (await SendAsync(api, request)).Status;
    }
}
