using System.Globalization;
using System.Runtime.InteropServices;
using Chaos;
using Chaos.Scenarios;

const int Interrupted = 130;
const int BadCommandLine = 64;

Plan plan;
try
{
    plan = Plan.Parse(args);
}
catch (FormatException e)
{
    await Console.Error.WriteLineAsync($"chaos: {e.Message}\n{Plan.Usage}");
    return BadCommandLine;
}

var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    stopped.TrySetResult();
}

using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

long startedAt = TimeProvider.System.GetTimestamp();
var checks = new Checks();
Task run = Task.Run(RunAllAsync);
if (await Task.WhenAny(run, stopped.Task) != run)
{
    // Every process that was started is ended, and its folder removed, when this one exits.
    await Console.Error.WriteLineAsync("chaos: stopped by a signal");
    return Interrupted;
}

await run;
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"\nchaos: {checks.Passed} checks ok, {checks.Failed} FAILED, {checks.LeftOut} left out, {TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds:0} s; the same again: --seed {plan.Seed}"));
return checks.Failed == 0 ? 0 : 1;

async Task RunAllAsync()
{
    Console.WriteLine($"chaos: {(plan.IsLong ? "long" : "short")} form, seed {plan.Seed}");
    foreach (Scenario scenario in plan.Scenarios)
        await RunAsync(scenario);
}

async Task RunAsync(Scenario scenario)
{
    Console.WriteLine($"\n== {scenario.Title}");
    int failedBefore = checks.Failed;
    long since = TimeProvider.System.GetTimestamp();
    await using var arena = new Arena(plan, scenario, checks);
    try
    {
        await Task.Run(async () =>
        {
            await arena.SetUpAsync();
            await scenario.RunAsync(arena);
        }).WaitAsync(plan.Limit, TimeProvider.System);
    }
    catch (Exception e)
    {
        arena.Note(e.ToString());
        checks.Expect(holds: false, "the scenario comes to its end", $"{e.GetType().Name}: {e.Message.Split('\n')[0]}");
    }

    Checks.Say(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetElapsedTime(since).TotalSeconds:0.0} s"));
    if (checks.Failed > failedBefore)
        Checks.Say($"logs: {arena.KeepLogs()}");
}
