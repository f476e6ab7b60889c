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
            int measured = standings.Sum(standing => standing.Rounds.Count);
            if (measured == plan.Measurements)
                await WriteFilesAsync(standings);
            else
                await Console.Error.WriteLineAsync($"stopped before the end, {measured} of {plan.Measurements} measurements made{(plan.WritesFiles ? "; no file is written" : "")}");
            return exitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private Task<(IReadOnlyList<Standing> Standings, int ExitCode)> MeasureAsync(IScratchSpace scratch, string folder, CancellationToken stop)
    {
        return Terminal.IsInteractive
            ? ComparisonBar.ShowAsync(Terminal.Error(), plan.Measurements, MeasureAsync)
            : MeasureAsync(new ComparisonLines(Console.Error));

        Task<(IReadOnlyList<Standing> Standings, int ExitCode)> MeasureAsync(IComparisonDisplay display) =>
            new Comparison(plan, scratch, new MeasuringProcess(display.Say, TimeProvider.System), display, folder).RunAsync(stop);
    }

    private async Task WriteFilesAsync(IReadOnlyList<Standing> standings)
    {
        if (plan.JsonPath is not null)
            await ComparisonReport.From(plan, standings).WriteAsync(plan.JsonPath);
        if (plan.ReportPath is not null)
            await HtmlReport.WriteAsync(plan.ReportPath, await ComparisonDocument.ReadAsync(plan, standings));
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
