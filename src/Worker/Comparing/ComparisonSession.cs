namespace Worker.Comparing;

/// <summary>A comparison from its measurements to its table and its files. In rounds, so that what changes on the machine meanwhile strikes all contenders.</summary>
internal sealed class ComparisonSession(ComparisonPlan plan, IScratchSchemas schemas)
{
    /// <summary>Returns the exit code.</summary>
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
    public Task<int> RunAsync(CancellationToken stop) =>
        new MeasuringSession(plan, schemas).RunAsync(plan.Contenders.Count * plan.Repeat, MeasureAsync, FinishAsync, stop);

    private async Task<(IReadOnlyList<Standing> Standings, int ExitCode)> MeasureAsync(Measuring measuring)
    {
        List<Measurement>[] rounds = [.. plan.Contenders.Select(_ => new List<Measurement>())];
        for (int round = 1; round <= plan.Repeat && measuring.IsGoingOn; round++)
        {
            for (int i = 0; i < plan.Contenders.Count && measuring.IsGoingOn; i++)
            {
                if (await measuring.MeasureAsync(plan.Contenders[i], round) is { } measurement)
                    rounds[i].Add(measurement);
            }
        }

        return ([.. plan.Contenders.Zip(rounds, (contender, measured) => new Standing(contender, measured)).Where(standing => standing.Measurements.Count > 0)], measuring.ExitCode);
    }

    private async Task<int> FinishAsync((IReadOnlyList<Standing> Standings, int ExitCode) result)
    {
        (IReadOnlyList<Standing> standings, int exitCode) = result;
        if (standings.Count > 0)
            ComparisonTable.Write(Terminal.Output(), ComparisonTable.Of(standings, plan.Jaeger));
        int measured = standings.Sum(standing => standing.Measurements.Count);
        int measurements = plan.Contenders.Count * plan.Repeat;
        if (measured < measurements)
        {
            string files = plan.ReportPath is null && plan.JsonPath is null ? "" : "; no file is written";
            await Console.Error.WriteLineAsync($"stopped before the end, {measured} of {measurements} measurements made{files}");
            return exitCode;
        }

        if (plan.JsonPath is not null)
            await OutputFile.WriteJsonAsync(plan.JsonPath, ComparisonJson.Of(plan, standings), OutputJsonContext.Default.ComparisonJson);
        if (plan.ReportPath is not null)
            await HtmlReport.WriteAsync(plan.ReportPath, await ComparisonJson.DrawAsync(plan, standings));
        return exitCode;
    }
}
