using System.Text;
using Ingestion.Upstream;
using TestSupport.Time;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>A connection whose answer was not read to its end, or went on behind it, is not used for another.</summary>
public sealed class UpstreamClientConnectionTests
{
    private const string Next = "{\"id\":8}";

    private static readonly string Flood = new(' ', 2_000);

    public static TheoryData<bool, string> Misbehaving
    {
        get
        {
            var answers = new TheoryData<bool, string>();
            foreach (bool blocking in (bool[])[true, false])
            {
                answers.Add(blocking, $"HTTP/1.1 200 X\r\nContent-Length: 10000000\r\n\r\n{Flood}");
                answers.Add(blocking, $"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n{Flood}\r\n");
                answers.Add(blocking, $"HTTP/1.1 200 X\r\nContent-Length: 10000000\r\nContent-Encoding: br\r\n\r\n{Flood}");
                answers.Add(blocking, Answer(302, "", "Location: http://elsewhere.example/") + "x");
                answers.Add(blocking, $"HTTP/1.1 500 X\r\nContent-Length: 10000000\r\n\r\n{Flood}");
                answers.Add(blocking, Answer(200, "{\"id\":7}") + Answer(200, "{\"id\":666}"));
                answers.Add(blocking, Answer(500, "oops") + Answer(200, "{\"id\":666}"));
                answers.Add(blocking, "HTTP/1.1 204 X\r\n\r\n" + Answer(200, "{\"id\":666}"));
                answers.Add(blocking, Answer(200, "{\"id\":7}", "Connection: close"));
            }

            return answers;
        }
    }

    [Theory, MemberData(nameof(Misbehaving))]
    public async Task The_next_attempt_has_a_connection_of_its_own(bool blocking, string answer)
    {
        await using ScriptedServer server = Answering(answer, Answer(200, Next));
        using UpstreamClient client = Fetching.Client(server.BaseAddress, options => options.MaxResponseBytes = 1024);

        await client.FetchAsync(blocking, 7);
        FetchResult next = await client.FetchAsync(blocking, 8);

        Assert.Equal(Next, Encoding.ASCII.GetString(next.Body.Span));
        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_body_of_an_error_is_waited_for_no_longer_than_a_second(bool blocking)
    {
        await using ScriptedServer server = Hanging("HTTP/1.1 503 X\r\nRetry-After: 9\r\nContent-Length: 10\r\n\r\noops");
        var clock = new ManualTimeProvider();
        using UpstreamClient client = Fetching.Client(server.BaseAddress, time: clock);

        Task<FetchResult> fetch = client.FetchAsync(blocking);
        await clock.WaitForTimersAsync(2);
        clock.Advance(BodyReader.MaxDrainTime);

        FetchFailure failure = (await fetch).Failure!;
        Assert.Equal((FetchFailureKind.ServerError, "HTTP 503", 9.0), (failure.Kind, failure.Reason, failure.RetryAfter?.TotalSeconds));
    }

    [Theory]
    [InlineData("")]
    [InlineData("http://")]
    [InlineData("http://[")]
    [InlineData("http://a:99999/")]
    [InlineData("http:///x")]
    [InlineData("//")]
    [InlineData("///x")]
    [InlineData("//user@:80")]
    [InlineData("http://%zz/")]
    [InlineData("\\\\elsewhere\\x")]
    [InlineData("javascript:alert(1)")]
    [InlineData("mailto:rick@elsewhere.example")]
    [InlineData("file:///etc/passwd")]
    [InlineData("data:,x")]
    [InlineData("http://127.0.0.1@elsewhere.example/")]
    [InlineData("http://elsewhere.example/\e[31m\r\n red")]
    [InlineData("http://elsewhere.example/\u009b31m\u00e2\u0080\u00ae")]
    [InlineData("\0")]
    public async Task A_strange_location_is_refused_in_one_printable_line(string location)
    {
        await using ScriptedServer server = Answering(Answer(302, "", $"Location: {location}"));
        foreach (bool blocking in (bool[])[true, false])
        {
            FetchFailure? failure = (await Fetching.FetchAsync(server.BaseAddress, blocking)).Failure;

            Assert.NotNull(failure);
            Assert.Contains(failure.Kind, (FetchFailureKind[])[FetchFailureKind.RedirectRefused, FetchFailureKind.UnexpectedResponse]);
            Assert.DoesNotContain(failure.Reason, c => char.IsControl(c) || c == '\u202e');
        }
    }
}
