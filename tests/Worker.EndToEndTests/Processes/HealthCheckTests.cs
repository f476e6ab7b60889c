using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TestSupport.Processes;
using UpstreamSimulator;

namespace Worker.EndToEndTests.Processes;

/// <summary>The health check of an image knows what is running, however it was told of its port.</summary>
public sealed class HealthCheckTests(PostgresServer postgres)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData("argument")]
    [InlineData("environment")]
    [InlineData("secret file")]
    [InlineData("environment of a script")]
    public async Task A_worker_is_asked_on_the_port_it_has(string way)
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(200) });
        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        DirectoryInfo secrets = Directory.CreateTempSubdirectory("ingestion-secrets-");
        if (way == "secret file")
            await File.WriteAllTextAsync(Path.Combine(secrets.FullName, "Health__Port"), port, TestContext.Current.CancellationToken);
        string? inEnvironment = way == "environment" ? port : null;
        (string, string?)[] container = [("Health__Port", inEnvironment), ("INGESTION_SECRETS", secrets.FullName)];
        (string, string?)[] worker = way == "environment of a script" ? [("Health__Port", port)] : container;
        await using WorkerProcess running = stage.Start($"run --ids 1-10000 --dop 1{(way == "argument" ? $" --Health:Port={port}" : "")}", worker);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 1);

        ProcessResult live = await stage.RunAsync("healthcheck", container);
        ProcessResult ready = await stage.RunAsync("healthcheck --ready", container);
        ProcessResult named = await stage.RunAsync($"healthcheck --Health:Port={port}", container);
        running.Send(Signal.Terminate);
        await running.WaitForExitAsync(Patience);
        ProcessResult gone = await stage.RunAsync($"healthcheck --Health:Port={port}", container);

        Assert.Equal((0, "healthy: live"), (live.ExitCode, live.StandardOutput));
        Assert.Equal((0, "healthy: ready"), (ready.ExitCode, ready.StandardOutput));
        Assert.Equal((0, "healthy: live"), (named.ExitCode, named.StandardOutput));
        Assert.Equal((1, $"not healthy: http://127.0.0.1:{port}/healthz/live does not answer: nothing listens there"), (gone.ExitCode, gone.StandardOutput));
        secrets.Delete(recursive: true);
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_is_not_healthy()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMilliseconds(200) });
        string port = FreePort().ToString(CultureInfo.InvariantCulture);
        await using WorkerProcess running = stage.Start("run --ids 1-10000", ("Health__Port", port));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 1);

        running.Send(Signal.Stop);
        ProcessResult hung = await stage.RunAsync("healthcheck", ("Health__Port", port));
        running.Send(Signal.Continue);

        Assert.Equal((1, $"not healthy: http://127.0.0.1:{port}/healthz/live did not answer within 4 s"), (hung.ExitCode, hung.StandardOutput));
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
