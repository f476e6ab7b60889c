using Ingestion.Storage;
using Worker.Commands;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Comparing;

/// <summary>
/// Measures each contender in a process of its own, so that none has the others' memory, threads or compiled code, and in rounds, so that what changes on the
/// machine meanwhile strikes all of them.
/// </summary>
internal sealed class Comparison(ComparisonPlan plan, IScratchSpace scratch, MeasuringProcess process, Comparison.Display display, string folder)
{
    /// <summary>Returns what was measured, and with which exit code it ended: that of a measurement which did not come to its end, otherwise 0 or 2.</summary>
    public async Task<(IReadOnlyList<Standing> Standings, int ExitCode)> RunAsync(CancellationToken stop)
    {
        List<Measurement>[] rounds = [.. plan.Contenders.Select(_ => new List<Measurement>())];
        int exitCode = ExitCodes.Success;
        for (int round = 1; round <= plan.Repeat && IsGoingOn(exitCode); round++)
        {
            for (int i = 0; i < plan.Contenders.Count && IsGoingOn(exitCode); i++)
            {
                Contender contender = plan.Contenders[i];
                string step = $"round {round} of {plan.Repeat}: {contender}";
                display.Begin(step);
                string picture = Path.Combine(folder, $"{round}-{i}.json");
                int code = await MeasureAsync(contender, picture, stop);
                if (IsGoingOn(code))
                    rounds[i].Add(await ReadAsync(picture, step));
                else if (!stop.IsCancellationRequested)
                    display.Say($"ingestion-worker: {step} did not come to its end: exit code {code}");
                exitCode = IsGoingOn(code) ? Math.Max(exitCode, code) : EndOf(code);
            }
        }

        return ([.. plan.Contenders.Zip(rounds, (contender, measured) => new Standing(contender, measured)).Where(standing => standing.Measurements.Count > 0)], exitCode);
    }

    private static bool IsGoingOn(int exitCode) => exitCode is ExitCodes.Success or ExitCodes.SomeItemsFailed;

    /// <summary>A process that was killed has an exit code of its own.</summary>
    private static int EndOf(int exitCode) => exitCode is ExitCodes.Stopped or ExitCodes.Unavailable or ExitCodes.BadConfiguration ? exitCode : ExitCodes.Error;

    private async Task<int> MeasureAsync(Contender contender, string picture, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
            return ExitCodes.Stopped;

        Dictionary<string, string?> run = MeasurementSettings.Run(plan.Settings, contender, scratch.NextName());
        Dictionary<string, string?> warmUp = MeasurementSettings.WarmUp(run, plan.Ingestion, plan.Transform, scratch.NextName());
        try
        {
            int code = await process.RunAsync(new Measurement.Order(warmUp, run, picture), stop);
            return stop.IsCancellationRequested ? ExitCodes.Stopped : code;
        }
        finally
        {
            await scratch.DropAllAsync();
        }
    }

    private async Task<Measurement> ReadAsync(string picture, string step)
    {
        RunReport report = (await ReadPictureAsync(picture)).Summary;
        string failed = report.Failed > 0 ? $", {Quantity.Of(report.Failed)} failed" : "";
        if (plan.ReportPath is null)
            File.Delete(picture);
        display.End($"{step}: {Quantity.Of(TimeSpan.FromSeconds(report.ElapsedSeconds))}, {Quantity.Of(report.ItemsPerSecond)} items/s{failed}");
        return new Measurement(report, picture);
    }

    public static async Task<RunPicture> ReadPictureAsync(string path)
    {
        await using FileStream file = File.OpenRead(path);
        return (await JsonSerializer.DeserializeAsync(file, MeasurementJsonContext.Default.RunPicture))!;
    }

    /// <summary>Shows how a comparison goes on, from any thread: that a measurement begins, that it has ended, and what else has to be said.</summary>
    internal sealed record Display(Action<string> Begin, Action<string> End, Action<string> Say);
}
