namespace Ingestion.Configuration;

/// <summary>What came out of one check, without secrets.</summary>
/// <param name="Check">What was looked at, such as <c>database</c>.</param>
/// <param name="Kind">What came out.</param>
/// <param name="Text">What was found, or what is wrong and what to do; one line.</param>
public sealed record Finding(string Check, FindingKind Kind, string Text)
{
    /// <summary>Looks, and makes a finding of what it says or throws.</summary>
    internal static async Task<Finding> OfAsync(string check, Func<Task<string>> look)
    {
        try
        {
            return new Finding(check, FindingKind.Ok, await look());
        }
        catch (IngestionConfigurationException e)
        {
            return new Finding(check, FindingKind.Wrong, e.Message.ReplaceLineEndings(" "));
        }
        catch (IngestionUnavailableException e)
        {
            return new Finding(check, FindingKind.Unavailable, e.Message.ReplaceLineEndings(" "));
        }
    }
}
