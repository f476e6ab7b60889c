using Ingestion.Configuration;
using Microsoft.Extensions.Options;

namespace Worker.Commands;

/// <summary>Says on stderr why the process ends, one line for each reason, and with which exit code.</summary>
internal static class Failure
{
    public static int Report(Exception exception, TextWriter errors)
    {
        if (ConfigurationErrors(exception) is { } reasons)
        {
            foreach (string reason in reasons)
                errors.WriteLine("configuration error: " + OneLine(reason));
            return ExitCodes.BadConfiguration;
        }

        errors.WriteLine($"ingestion-worker: {Describe(exception)}");
        return ExitCodes.Error;
    }

    /// <summary>What is wrong with the configuration, or null if the exception is about something else.</summary>
    public static IReadOnlyList<string>? ConfigurationErrors(Exception exception) => exception switch
    {
        IngestionConfigurationException e => e.Errors,
        OptionsValidationException e => [.. e.Failures],
        _ => null,
    };

    /// <summary>Type and message in one line.</summary>
    public static string Describe(Exception exception) => $"{exception.GetType().Name}: {OneLine(exception.Message)}";

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
