namespace Worker.Comparing;

/// <summary>What a measuring process is told on its standard input, in one line: never on the command line, for there may be a password in it.</summary>
/// <param name="WarmUp">Settings of the run that is not measured.</param>
/// <param name="Run">Settings of the run that is.</param>
/// <param name="Picture">The file for its picture.</param>
internal sealed record MeasurementOrder(Dictionary<string, string?> WarmUp, Dictionary<string, string?> Run, string Picture);
