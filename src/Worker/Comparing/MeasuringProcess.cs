namespace Worker.Comparing;

/// <summary>A process of this very program that makes one measurement. It does not outlive this one: when its standard input ends, so does it.</summary>
internal sealed class MeasuringProcess(Action<string> onError, TimeProvider timeProvider)
{
    /// <summary>An aborted run closes itself within 3 s, and its telemetry is dropped after 5 s more.</summary>
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(15);

    /// <summary>Returns its exit code; after <paramref name="stop"/> within seconds.</summary>
    public async Task<int> RunAsync(Measurement.Order order, CancellationToken stop)
    {
        using Process process = new() { StartInfo = StartOf(MeasureCommand.Name) };
        process.ErrorDataReceived += (_, line) =>
        {
            // What it aborts when it is told to is of no interest.
            if (!string.IsNullOrEmpty(line.Data) && !stop.IsCancellationRequested)
                onError(line.Data);
        };
        process.Start();
        try
        {
            process.BeginErrorReadLine();
            process.BeginOutputReadLine();
            try
            {
                await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order, MeasurementJsonContext.Default.Order));
                await process.StandardInput.FlushAsync(CancellationToken.None);
            }
            catch (IOException)
            {
                // It has ended already; its exit code and its last words say why.
            }

            await process.WaitForExitAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeToEnd, timeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }

        return process.ExitCode;
    }

    private static ProcessStartInfo StartOf(string command)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is not known, so it cannot start itself to measure");
        ProcessStartInfo start = new(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        start.ArgumentList.Add(command);
        return start;
    }
}
