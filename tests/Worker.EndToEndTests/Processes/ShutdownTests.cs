using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using TestSupport.Processes;
using UpstreamSimulator;
using Worker.Hosting;
using Worker.Reports;

namespace Worker.EndToEndTests.Processes;

/// <summary>A stop takes as long as Ingestion:ShutdownTimeout allows, and what comes after it has its own time.</summary>
public sealed class ShutdownTests(PostgresServer postgres)
{
    /// <summary>How much longer than Ingestion:ShutdownTimeout docs/operate.md tells an orchestrator to wait.</summary>
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(15);

    [Fact]
    public void The_host_waits_longer_than_items_in_flight_may_take()
    {
        using IHost host = WorkerHost.CreateRun(
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["ConnectionStrings:Postgres"] = "Host=127.0.0.1", ["Ingestion:ShutdownTimeout"] = "00:10:00" },
            new RunFiles(),
            redrive: null);

        TimeSpan timeout = host.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;

        Assert.InRange(timeout, TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10) + TimeToFlush);
    }

    [Fact]
    public async Task What_hangs_is_given_up_after_the_timeout_and_the_exit_code_says_stopped()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMinutes(5) });
        TimeSpan timeout = TimeSpan.FromSeconds(1.5);
        await using WorkerProcess worker = stage.Start(
            "run --ids 1-10", ("Upstream__AttemptTimeout", "00:10:00"), ("Ingestion__ShutdownTimeout", timeout.ToString("c")));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);

        long signalled = TimeProvider.System.GetTimestamp();
        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(3, result.ExitCode);
        Assert.InRange(TimeProvider.System.GetElapsedTime(signalled), timeout, timeout + TimeToFlush);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }

    [Fact]
    public async Task What_is_done_just_before_the_timeout_is_stored()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromSeconds(1.5) });
        await using WorkerProcess worker = stage.Start("run --ids 1-100 --dop 4", ("Ingestion__ShutdownTimeout", "00:00:20"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(4, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
    }

    [Fact]
    public async Task A_terminal_that_is_closed_is_a_signal_to_stop_and_never_a_second_one()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromSeconds(1.5) });
        await using WorkerProcess worker = stage.Start("run --ids 1-100 --dop 4", ("Ingestion__ShutdownTimeout", "00:00:20"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);

        worker.Send(Signal.Hangup);
        await worker.WaitForOutputAsync(line => line.Contains("Stopping: items in flight may finish", StringComparison.Ordinal), TimeToFlush);
        worker.Send(Signal.Hangup);
        ProcessResult result = await worker.WaitForExitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(4, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes WHERE outcome = 'Ingested'"));
    }

    [Fact]
    public async Task A_second_signal_does_not_wait_for_the_timeout()
    {
        await using Stage stage = await Stage.SetAsync(postgres, new SimulatorOptions { Latency = TimeSpan.FromMinutes(5) });
        await using WorkerProcess worker = stage.Start("run --ids 1-10", ("Upstream__AttemptTimeout", "00:10:00"), ("Ingestion__ShutdownTimeout", "01:00:00"));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);

        worker.Send(Signal.Terminate);
        await worker.WaitForOutputAsync(line => line.Contains("a second signal aborts them", StringComparison.Ordinal), TimeToFlush);
        worker.Send(Signal.Interrupt);
        ProcessResult result = await worker.WaitForExitAsync(TimeToFlush);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("aborted items in flight", result.StandardError, StringComparison.Ordinal);
        Assert.Equal(0, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.outcomes"));
    }
}
