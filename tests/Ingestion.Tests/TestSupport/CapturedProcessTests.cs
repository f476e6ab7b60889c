using System.Diagnostics;
using TestSupport.Processes;

namespace Ingestion.Tests.TestSupport;

public sealed class CapturedProcessTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Output_and_exit_code_are_kept()
    {
        await using CapturedProcess shell = Shell("echo out; echo err >&2; exit 3");

        ProcessResult result = await shell.WaitForExitAsync(Patience);

        Assert.Equal(new ProcessResult(3, "out", "err"), result);
    }

    [Fact]
    public async Task A_signal_reaches_the_process_that_waits_for_it()
    {
        await using CapturedProcess shell = Shell("trap 'echo caught; exit 7' TERM; echo ready; while :; do read -t 1 x < /dev/zero; done");
        await shell.WaitForOutputAsync(line => line == "ready", Patience);

        shell.Send(Signal.Terminate);

        Assert.Equal("caught", await shell.WaitForOutputAsync(line => line == "caught", Patience));
        Assert.Equal(7, (await shell.WaitForExitAsync(Patience)).ExitCode);
    }

    [Fact]
    public async Task Waiting_for_a_line_ends_with_the_process()
    {
        await using CapturedProcess shell = Shell("echo something else; exit 5");

        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(() => shell.WaitForOutputAsync(line => line == "never", Patience));

        Assert.Contains("exit code 5", ended.Message, StringComparison.Ordinal);
        Assert.Contains("something else", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disposed_process_is_gone()
    {
        CapturedProcess shell = Shell("echo ready; sleep 600");
        await shell.WaitForOutputAsync(line => line == "ready", Patience);
        int id = shell.Id;

        await shell.DisposeAsync();

        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }

    private static CapturedProcess Shell(string script)
    {
        var start = new ProcessStartInfo("bash");
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        return new CapturedProcess(start);
    }
}
