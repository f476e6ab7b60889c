namespace Worker.Comparing;

/// <summary>Measures one contender after the other, each in a separate process, so that none has the others' memory, threads or compiled code, and against separate schemas.</summary>
internal sealed class Measuring(ComparisonPlan plan, IScratchSpace scratch, MeasuringProcess process, Measuring.Display display, string folder, CancellationToken stop)
{
    private int _measured;

    /// <summary>0, or 2 when items failed; that of a measurement which did not come to its end, if there was one.</summary>
    public int ExitCode { get; private set; } = ExitCodes.Success;

    /// <summary>Whether there is a point in the next measurement.</summary>
    public bool IsGoingOn => IsEnd(ExitCode) && !stop.IsCancellationRequested;

    public void Say(string line) => display.Say("ingestion-worker: " + line);

    /// <summary>Null when it did not come to its end, which has been said, or was stopped.</summary>
    public async Task<Measurement?> MeasureAsync(Contender contender, int round)
    {
        string step = $"round {round} of {plan.Repeat}: {contender}";
        display.Begin(step);
        string picture = Path.Combine(folder, $"{++_measured}.json");
        int code = stop.IsCancellationRequested ? ExitCodes.Stopped : await RunAsync(contender, picture);
        if (IsEnd(code))
        {
            ExitCode = Math.Max(ExitCode, code);
            return await ReadAsync(picture, step);
        }

        if (!stop.IsCancellationRequested)
            display.Say($"ingestion-worker: {step} did not come to its end: exit code {code}");
        // A process that was killed has a separate exit code.
        ExitCode = code is ExitCodes.Stopped or ExitCodes.Unavailable or ExitCodes.BadConfiguration ? code : ExitCodes.Error;
        return null;
    }

    public static async Task<RunPicture> ReadPictureAsync(string path)
    {
        await using FileStream file = File.OpenRead(path);
        return (await JsonSerializer.DeserializeAsync(file, MeasurementJsonContext.Default.RunPicture))!;
    }

    private static bool IsEnd(int exitCode) => exitCode is ExitCodes.Success or ExitCodes.SomeItemsFailed;

    private async Task<int> RunAsync(Contender contender, string picture)
    {
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
        RunJson report = (await ReadPictureAsync(picture)).Summary;
        string failed = report.Failed > 0 ? $", {Quantity.Of(report.Failed)} failed" : "";
        if (plan.ReportPath is null)
            File.Delete(picture);
        display.End($"{step}: {Quantity.Of(TimeSpan.FromSeconds(report.ElapsedSeconds))}, {Quantity.Of(report.ItemsPerSecond)} items/s{failed}");
        return new Measurement(report, picture);
    }

    /// <summary>Shows how it goes on, from any thread: that a measurement begins, that it has ended, and what else has to be said.</summary>
    internal sealed record Display(Action<string> Begin, Action<string> End, Action<string> Say);
}
