namespace Worker.Commands;

/// <summary>Says on stderr why the process ends, one line for each reason, and with which exit code.</summary>
internal static class Failure
{
    public static int Report(Exception exception, TextWriter errors)
    {
        (int exitCode, string prefix, IEnumerable<string> reasons) = exception switch
        {
            IngestionConfigurationException e => (ExitCodes.BadConfiguration, "configuration error", e.Errors),
            OptionsValidationException e => (ExitCodes.BadConfiguration, "configuration error", e.Failures),
            IngestionUnavailableException e => (ExitCodes.Unavailable, "not available", [e.Message]),
            _ => (ExitCodes.Error, "ingestion-worker", [Describe(exception)]),
        };
        foreach (string reason in reasons)
            errors.WriteLine($"{prefix}: {OneLine(reason)}");
        return exitCode;
    }

    public static int ExitCodeOf(Exception exception) => Report(exception, TextWriter.Null);

    /// <summary>Type and message in one line.</summary>
    public static string Describe(Exception exception) => $"{exception.GetType().Name}: {OneLine(exception.Message)}";

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
