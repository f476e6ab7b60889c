using System.Text;
using Ingestion.Upstream;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

public sealed class UpstreamClientRedirectTests
{
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Three_redirects_on_the_same_server_are_followed(int status)
    {
        foreach (bool blocking in (bool[])[true, false])
        {
            await using ScriptedServer server = Answering(
                Answer(status, "moved", "Location: /b"), Answer(status, "moved", "Location: c"), Answer(status, "moved", "Location: ?d"), Answer(200, "{}"));

            FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking);

            Assert.Equal("{}", Encoding.ASCII.GetString(result.Body.Span));
            Assert.Equal(["/api/character/7", "/b", "/c", "/c?d"], server.Requests.Select(head => head.Split(' ')[1]), StringComparer.Ordinal);
            Assert.Equal(1, server.Connections);
        }
    }

    [Fact]
    public async Task A_fourth_redirect_is_refused()
    {
        await using ScriptedServer server = Answering(Answer(302, "", "Location: /round"));
        foreach (bool blocking in (bool[])[true, false])
            Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), FetchFailureKind.RedirectRefused, "more than 3 redirects");
        Assert.Equal(8, server.Requests.Count);
    }

    [Theory]
    [InlineData("http://user:secret@elsewhere.example/api/character/7", "http://elsewhere.example/api/character/7")]
    [InlineData("//elsewhere.example/x", "http://elsewhere.example/x")]
    [InlineData("http://127.0.0.1:1/x", "http://127.0.0.1:1/x")]
    [InlineData("https://127.0.0.1:PORT/x", "https://127.0.0.1:PORT/x")]
    public async Task A_redirect_to_another_server_is_refused_and_the_server_not_asked(string location, string shown)
    {
        string port = "";
        await using var server = new ScriptedServer(async (_, stream, token) =>
        {
            string target = location.Replace("PORT", Volatile.Read(ref port), StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Answer(302, "", $"Location: {target}")), token);
            return true;
        });
        Volatile.Write(ref port, $"{server.Port}");

        foreach (bool blocking in (bool[])[true, false])
        {
            FetchResult result = await Fetching.FetchAsync(server.BaseAddress, blocking);
            Fetching.AssertFailed(result, FetchFailureKind.RedirectRefused, shown.Replace("PORT", port, StringComparison.Ordinal));
            Assert.DoesNotContain("secret", result.Failure!.Reason, StringComparison.Ordinal);
        }

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_without_a_location_is_refused()
    {
        await using ScriptedServer server = Answering(Answer(302, ""));
        foreach (bool blocking in (bool[])[true, false])
            Fetching.AssertFailed(await Fetching.FetchAsync(server.BaseAddress, blocking), FetchFailureKind.RedirectRefused, "a redirect without a usable Location");
    }
}
