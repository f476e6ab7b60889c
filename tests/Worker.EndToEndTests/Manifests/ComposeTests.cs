using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Manifests;

/// <summary>docker-compose.yml: what is built and started, and in which order.</summary>
public sealed class ComposeTests
{
    private const string WaitFor = "deploy/compose/wait-for.sh";

    [Fact]
    public void No_image_is_built_by_two_services()
    {
        IEnumerable<object> built = Compose.Services.Values.Where(service => service.ContainsKey("build")).Select(service => service["image"]);

        Assert.Equal(["ingestion-upstream-simulator", "ingestion-worker"], built.Cast<string>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_worker_waits_for_its_image_and_pulls_none() => Assert.All(Compose.Services.Where(service => Compose.IsWorker(service.Value)), service =>
    {
        (string builder, Dictionary<object, object> built) = Assert.Single(Compose.Services, other => other.Value.ContainsKey("build") && (string)other.Value["image"] == "ingestion-worker");

        Assert.Equal("never", service.Value["pull_policy"]);
        Assert.Equal("service_completed_successfully", Compose.Dependencies(service.Value)[builder]);
        Assert.Subset(Compose.Profiles(built).ToHashSet(), Compose.Profiles(service.Value).ToHashSet());
    });

    [Fact]
    public void What_a_service_needs_is_ready_before_it_starts() => Assert.All(Compose.Services, service =>
        Assert.All(Compose.Dependencies(service.Value), dependency =>
        {
            Dictionary<object, object> needed = Compose.Services[dependency.Key];
            bool waits = Compose.Texts(service.Value.GetValueOrDefault("entrypoint")).Contains("/wait-for.sh");
            Assert.Equal(
                waits ? "service_started" : needed.ContainsKey("healthcheck") ? "service_healthy" : "service_completed_successfully",
                dependency.Value);
            Assert.True(Compose.Profiles(needed) is not { Count: > 0 } profiles || Compose.Profiles(service.Value).All(profiles.Contains), dependency.Key);
        }));

    [Theory]
    [InlineData("jaeger-ready", "jaeger", "13133", "/status")]
    [InlineData("prometheus-ready", "prometheus", "9090", "/-/ready")]
    [InlineData("simulator-ready", "simulator", "8081", "/api/character/1")]
    public void A_server_whose_image_may_have_no_shell_is_asked_from_outside(string name, string server, string port, string path)
    {
        Dictionary<object, object> service = Compose.Services[name];

        Assert.Equal([server, port, path], Compose.Texts(service["command"]));
        Assert.Equal([server], Compose.Dependencies(service).Keys);
        Assert.Contains($"./{WaitFor}:/wait-for.sh:ro", Compose.Texts(service["volumes"]));
    }

    [Fact]
    public void Whatever_may_be_a_public_API_gets_few_requests()
    {
        string[] unlimited = [.. Compose.Services.Where(service => Compose.IsWorker(service.Value) && !Compose.Texts(service.Value.GetValueOrDefault("command")).Contains("enqueue"))
            .Where(service => Compose.Environment(service.Value).GetValueOrDefault("Upstream__RequestsPerSecond") != "${REQUESTS_PER_SECOND:-5}").Select(service => service.Key)];

        Assert.Equal("worker-offline", Assert.Single(unlimited));
        Assert.Equal("http://simulator:8081/api/", Compose.Environment(Compose.Services["worker-offline"])["Upstream__BaseAddress"]);
        Assert.Contains("\nREQUESTS_PER_SECOND=5\n", Repository.Read(".env"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_ends_when_the_server_is_ready_and_not_before()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        await using CapturedProcess waiting = Wait(((IPEndPoint)listener.LocalEndpoint).Port);

        Assert.Equal("GET /status HTTP/1.0", await AnswerAsync(listener, "503 Service Unavailable"));
        Assert.Equal("GET /status HTTP/1.0", await AnswerAsync(listener, "200 OK"));

        Assert.Equal(0, (await waiting.WaitForExitAsync(TimeSpan.FromMinutes(1))).ExitCode);
    }

    [Fact]
    public async Task A_server_that_does_not_become_ready_is_named()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using CapturedProcess waiting = Wait(port, ("WAIT_FOR_SECONDS", "0"));

        await AnswerAsync(listener, "503 Service Unavailable");

        ProcessResult result = await waiting.WaitForExitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"wait-for.sh: http://127.0.0.1:{port}/status did not answer with status 200 within 0 s (the last answer: 503). Look at its log: docker compose logs 127.0.0.1",
            result.StandardError.Trim());
    }

    private static CapturedProcess Wait(int port, params (string Name, string Value)[] variables)
    {
        ProcessStartInfo start = new("bash", [Repository.PathOf(WaitFor), "127.0.0.1", $"{port}", "/status"]);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        return new CapturedProcess(start);
    }

    /// <summary>Answers the next request, and returns its first line.</summary>
    private static async Task<string?> AnswerAsync(TcpListener listener, string status)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using StreamReader reader = new(client.GetStream());
        string? first = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 })
        {
        }

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.0 {status}\r\n\r\n"), TestContext.Current.CancellationToken);
        return first;
    }
}
