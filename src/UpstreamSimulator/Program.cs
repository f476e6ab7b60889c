using System.Runtime.InteropServices;
using UpstreamSimulator;
using UpstreamSimulator.Settings;

const int BadCommandLine = 64;

CommandLine commandLine;
try
{
    commandLine = CommandLine.Parse(args, Environment.GetEnvironmentVariables());
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"upstream-simulator: {e.Message}");
    return BadCommandLine;
}

if (commandLine.IsHelpWanted)
{
    Console.WriteLine(CommandLine.Help());
    return 0;
}

var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopped.TrySetResult();
}

using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

try
{
    await using Simulator simulator = await Simulator.StartAsync(commandLine.Options, commandLine.Host, commandLine.Port);
    Console.WriteLine($"listening on {simulator.BaseAddress}");
    await stopped.Task;
    return 0;
}
catch (IOException e)
{
    await Console.Error.WriteLineAsync($"upstream-simulator: cannot listen on {commandLine.Host}:{commandLine.Port}: {e.Message}");
    return 1;
}
