namespace Worker.Comparing;

/// <summary>One round of one contender.</summary>
/// <param name="Picture">The file with its picture, which lasts as long as the comparison.</param>
internal sealed record Measurement(RunJson Report, string Picture)
{
    /// <summary>What a measuring process is told on its standard input, in one line: never on the command line, for there may be a password in the settings.</summary>
    internal sealed record Order(Dictionary<string, string?> WarmUp, Dictionary<string, string?> Run, string Picture);
}
