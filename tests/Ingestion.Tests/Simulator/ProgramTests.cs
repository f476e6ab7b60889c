using System.Diagnostics;
using TestSupport.Processes;

namespace Ingestion.Tests.Simulator;

public sealed class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task It_says_where_it_listens_serves_and_ends_with_0_on_SIGTERM()
    {
        await using CapturedProcess program = Start(["--characters", "3"], ("SIMULATOR_FAULTS", "2:500"), ("SIMULATOR_CHARACTERS", "1"));
        string line = await program.WaitForOutputAsync(output => output.StartsWith("listening on ", StringComparison.Ordinal), Patience);
        using var client = new HttpClient { BaseAddress = new Uri(line["listening on ".Length..]) };

        Assert.Equal("/api/", client.BaseAddress.AbsolutePath);
        int[] statuses = await Task.WhenAll(Enumerable.Range(1, 4).Select(async id =>
        {
            using HttpResponseMessage response = await client.GetAsync(new Uri($"character/{id}", UriKind.Relative));
            return (int)response.StatusCode;
        }));
        Assert.Equal([200, 500, 200, 404], statuses);

        program.Send(Signal.Terminate);
        ProcessResult result = await program.WaitForExitAsync(Patience);
        Assert.Equal(new ProcessResult(0, line, ""), result);
    }

    [Theory]
    [InlineData("--latency", "soon", "latency")]
    [InlineData("--characters", "-1", "characters")]
    [InlineData("--error-rate", "500=2", "error-rate")]
    [InlineData("--error-rate", "bang=0.1", "bang")]
    [InlineData("--faults", "7", "faults")]
    [InlineData("--host", "localhost", "host")]
    [InlineData("--port", "70000", "70000")]
    [InlineData("--nonsense", "1", "--nonsense")]
    public async Task A_bad_option_ends_it_with_64_and_one_line(string option, string value, string named)
    {
        await using CapturedProcess program = Start([option, value]);

        ProcessResult result = await program.WaitForExitAsync(Patience);

        Assert.Equal((64, ""), (result.ExitCode, result.StandardOutput));
        Assert.Contains(named, result.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.StandardError);
    }

    private static CapturedProcess Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet");
        start.ArgumentList.Add(typeof(UpstreamSimulator.Simulator).Assembly.Location);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return new CapturedProcess(start);
    }
}
