namespace Worker.Comparing;

/// <summary>What measurements need: a folder for their pictures, schemas, and somewhere to say how it goes on. Whatever happens, the folder and the schemas are gone at the end.</summary>
internal sealed class MeasuringSession(ComparisonPlan plan, IScratchSchemas schemas)
{
    /// <param name="finish">Makes something of them, with their pictures there and the bar gone. Returns the exit code.</param>
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
    public async Task<int> RunAsync<T>(int measurements, Func<Measuring, Task<T>> measure, Func<T, Task<int>> finish, CancellationToken stop)
    {
        DirectoryInfo folder = CreateFolder();
        try
        {
            await using IScratchSpace scratch = await schemas.ClaimAsync(stop);
            return await finish(await ShowAsync(measurements, display => measure(new Measuring(plan, scratch, new MeasuringProcess(display.Say, TimeProvider.System), display, folder.FullName, stop))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<T> ShowAsync<T>(int measurements, Func<Measuring.Display, Task<T>> measure)
    {
        if (!Terminal.IsInteractive)
        {
            TextWriter lines = TextWriter.Synchronized(Console.Error);
            return measure(new Measuring.Display(Begin: _ => { }, End: lines.WriteLine, Say: lines.WriteLine));
        }

        IAnsiConsole console = Terminal.Error();
        return Terminal.Bar(console, new ElapsedTimeColumn()).StartAsync(context =>
        {
            ProgressTask bar = context.AddTask("starting", maxValue: measurements);
            return measure(new Measuring.Display(step => bar.Description = Markup.Escape(step), _ => bar.Increment(1), console.WriteLine));
        });
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
