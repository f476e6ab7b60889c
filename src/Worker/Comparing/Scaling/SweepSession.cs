namespace Worker.Comparing.Scaling;

/// <summary>
/// A sweep from its measurements to its answer. The first round finds out where the knee is, and measures some degrees around it; the others measure all degrees
/// again, forth and back, so that what changes on the machine meanwhile strikes all of them.
/// </summary>
internal sealed class SweepSession(SweepPlan plan, IScratchSchemas schemas)
{
    /// <summary>The most that <see cref="ScalingSeries.Refine"/> adds.</summary>
    private const int Refinements = 3;

    /// <summary>Returns the exit code.</summary>
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
    public Task<int> RunAsync(CancellationToken stop) => new MeasuringSession(plan.Measuring, schemas).RunAsync(
        plan.Strategies.Count * (plan.Degrees.Count + Refinements) * plan.Measuring.Repeat, MeasureAsync, FinishAsync, stop);

    private async Task<(IReadOnlyList<ScalingSeries> Series, int ExitCode, bool IsWhole)> MeasureAsync(Measuring measuring)
    {
        ScalingSeries[] all = [.. plan.Strategies.Select(strategy => new ScalingSeries(strategy, plan.Degrees))];
        await MeasureAsync(measuring, all, round: 1, plan.Degrees, isFirst: true);
        foreach (ScalingSeries series in all.TakeWhile(_ => measuring.IsGoingOn))
        {
            int[] coarse = [.. series.Degrees];
            series.Refine();
            await MeasureAsync(measuring, [series], round: 1, [.. series.Degrees.Except(coarse)], isFirst: false);
        }

        for (int round = 2; round <= plan.Measuring.Repeat && measuring.IsGoingOn; round++)
        {
            IEnumerable<int> degrees = all.SelectMany(series => series.Degrees).Distinct().Order();
            await MeasureAsync(measuring, all, round, [.. round % 2 == 0 ? degrees.Reverse() : degrees], isFirst: false);
        }

        return (all, measuring.ExitCode, measuring.IsGoingOn);
    }

    private static async Task MeasureAsync(Measuring measuring, IReadOnlyList<ScalingSeries> all, int round, IReadOnlyList<int> degrees, bool isFirst)
    {
        foreach (int degree in degrees)
        {
            foreach (ScalingSeries series in all.Where(series => series.Has(degree)))
            {
                if (!measuring.IsGoingOn)
                    return;
                if (await measuring.MeasureAsync(series.At(degree), round) is { } measurement)
                    series.Add(degree, measurement);
                if (isFirst)
                    series.StopIfMoreOnlyHurts();
            }
        }
    }

    private async Task<int> FinishAsync((IReadOnlyList<ScalingSeries> Series, int ExitCode, bool IsWhole) result)
    {
        if (!result.IsWhole)
        {
            string files = plan.Measuring.ReportPath is null && plan.Measuring.JsonPath is null ? "" : "; no file is written";
            await Console.Error.WriteLineAsync($"stopped before the end, {Quantity.Of(result.Series.Sum(series => series.Standings.Sum(standing => standing.Measurements.Count)), "measurement")} made{files}");
            return result.ExitCode;
        }

        ScalingAnswer[] answers = [.. result.Series.Select(series => ScalingAnswer.Of(series, plan))];
        IAnsiConsole console = Terminal.Output();
        foreach (ScalingAnswer answer in answers)
        {
            ComparisonTable.Write(console, SweepJson.Table([answer]));
            console.WriteLine(answer.Text);
            console.WriteLine();
        }

        if (plan.Measuring.JsonPath is { } json)
            await OutputFile.WriteJsonAsync(json, SweepJson.Of(plan, answers), OutputJsonContext.Default.SweepJson);
        if (plan.Measuring.ReportPath is { } report)
            await HtmlReport.WriteAsync(report, await SweepJson.DrawAsync(plan, answers));
        return result.ExitCode;
    }
}
