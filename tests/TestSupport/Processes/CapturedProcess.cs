using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TestSupport.Processes;

/// <summary>A process whose output is kept, line by line. It does not outlive this object, nor the test process.</summary>
public class CapturedProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly OutputLines _output = new();
    private readonly OutputLines _error = new();
    private readonly OutputLines _all = new();

    public CapturedProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        start.UseShellExecute = false;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Add(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Add(_error, line.Data);
        AppDomain.CurrentDomain.ProcessExit += KillAtExit;
        _process.Start();
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Completes when it has ended.</summary>
    public Task Ended => _process.WaitForExitAsync();

    /// <summary>What it has written to standard output so far.</summary>
    public IReadOnlyList<string> StandardOutput => _output.Lines;

    /// <summary>What it has written to standard error so far.</summary>
    public IReadOnlyList<string> StandardError => _error.Lines;

    /// <summary>The first line of either output that matches; it may have been written already.</summary>
    /// <exception cref="TimeoutException">No such line came in time; the message has what came instead.</exception>
    /// <exception cref="InvalidOperationException">The process ended without writing such a line.</exception>
    public Task<string> WaitForOutputAsync(Regex pattern, TimeSpan timeout) => WaitForOutputAsync(pattern.IsMatch, timeout);

    /// <inheritdoc cref="WaitForOutputAsync(Regex, TimeSpan)"/>
    public async Task<string> WaitForOutputAsync(Func<string, bool> isWanted, TimeSpan timeout)
    {
        Task<string> line = _all.WaitForAsync(isWanted);
        Task exit = _process.WaitForExitAsync();
        try
        {
            await Task.WhenAny(line, exit).WaitAsync(timeout, TimeProvider.System);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The expected line did not come within {timeout}. Output so far:\n{_all}", e);
        }

        // All output has been read when the exit is reported.
        return line.IsCompleted
            ? await line
            : throw new InvalidOperationException($"The process ended with exit code {_process.ExitCode} before the expected line. Output:\n{_all}");
    }

    public void Send(Signal signal) => ProcessSignals.Send(_process, signal);

    /// <summary>Waits for the end of the process and of its output.</summary>
    /// <exception cref="TimeoutException">It is still running; the message has its output.</exception>
    public async Task<ProcessResult> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(timeout, TimeProvider.System);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The process did not end within {timeout}. Output so far:\n{_all}", e);
        }

        return new ProcessResult(_process.ExitCode, _output.ToString(), _error.ToString());
    }

    public virtual async ValueTask DisposeAsync()
    {
        AppDomain.CurrentDomain.ProcessExit -= KillAtExit;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        GC.SuppressFinalize(this);
    }

    private void Add(OutputLines lines, string? line)
    {
        if (line is null)
            return;

        lines.Add(line);
        _all.Add(line);
    }

    private void KillAtExit(object? sender, EventArgs e)
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or AggregateException or System.ComponentModel.Win32Exception)
        {
            // It ended by itself just now.
        }
    }
}
