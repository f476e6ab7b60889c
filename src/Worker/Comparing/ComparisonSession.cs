using Ingestion.Storage;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Comparing;

/// <summary>A comparison from its folder and its schemas to its table and its files. Whatever happens, the folder and the schemas are gone at the end.</summary>
internal sealed class ComparisonSession(ComparisonPlan plan, IScratchSchemas schemas)
{
    /// <summary>Returns the exit code.</summary>
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        DirectoryInfo folder = CreateFolder();
        try
        {
            await using IScratchSpace scratch = await schemas.ClaimAsync(stop);
            (IReadOnlyList<Standing> standings, int exitCode) = await MeasureAsync(scratch, folder.FullName, stop);
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
                await OutputFile.WriteJsonAsync(plan.JsonPath, ComparisonReport.Of(plan, standings), ReportJsonContext.Default.ComparisonReport);
            if (plan.ReportPath is not null)
                await HtmlReport.WriteAsync(plan.ReportPath, await ComparisonReport.DrawAsync(plan, standings));
            return exitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Task<(IReadOnlyList<Standing> Standings, int ExitCode)> MeasureAsync(IScratchSpace scratch, string folder, CancellationToken stop)
    {
        if (!Terminal.IsInteractive)
        {
            TextWriter lines = TextWriter.Synchronized(Console.Error);
            return MeasureAsync(new Comparison.Display(Begin: _ => { }, End: lines.WriteLine, Say: lines.WriteLine));
        }

        IAnsiConsole console = Terminal.Error();
        return Terminal.Bar(console, new ElapsedTimeColumn()).StartAsync(context =>
        {
            ProgressTask bar = context.AddTask("starting", maxValue: plan.Contenders.Count * plan.Repeat);
            return MeasureAsync(new Comparison.Display(step => bar.Description = Markup.Escape(step), _ => bar.Increment(1), console.WriteLine));
        });

        Task<(IReadOnlyList<Standing> Standings, int ExitCode)> MeasureAsync(Comparison.Display display) =>
            new Comparison(plan, scratch, new MeasuringProcess(display.Say, TimeProvider.System), display, folder).RunAsync(stop);
    }

    private static DirectoryInfo CreateFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("ingestion-compare-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"the folder for temporary files, {Path.GetTempPath()}, cannot be written ({e.Message}); name another one with TMPDIR", e);
        }
    }
}
