namespace TestSupport.Processes;

/// <summary>How a process ended.</summary>
/// <param name="ExitCode">128 + N when signal N ended it.</param>
/// <param name="StandardOutput">Everything it wrote there.</param>
/// <param name="StandardError">Everything it wrote there.</param>
public sealed record ProcessResult(int ExitCode, string StandardOutput, string StandardError);
