namespace Worker.Commands;

/// <summary>The options that name items: integers by ranges, any key by itself.</summary>
internal sealed class KeyOptions
{
    public ParsedOption<IdRanges> Ids { get; } = new("--ids", ParseIds) { Description = "Ranges and single IDs, such as 1-10,42,100-200.", HelpName = "ids" };

    public Option<string[]> Id { get; } = new("--id") { Description = "One ID as it is, for IDs that are text. May be repeated.", HelpName = "id", CustomParser = result => [.. result.Tokens.Select(token => token.Value)] };

    public static IdRanges ParseIds(string text) => IdRanges.TryParse(text, out IdRanges? ids, out string? error) ? ids : throw new FormatException(error);

    /// <summary>The items that are named: as ranges where IDs are integers, one by one in their order where they are text. The other one is null.</summary>
    /// <exception cref="CommandLineException">There are none, or they are of the other kind.</exception>
    public (IdRanges? Ranges, IReadOnlyList<string>? Texts) Read(ParseResult parsed, ItemKind kind)
    {
        string[] single = parsed.GetValue(Id) ?? [];
        IdRanges? ids = parsed.GetValue(Ids);
        if (ids is null && single.Length == 0)
            throw new CommandLineException($"no ID is named; name some with {(kind.HasTextKeys ? "--id KEY, once for each" : "--ids, such as --ids 1,7")}");
        if (kind.HasTextKeys && ids is not null)
            throw new CommandLineException($"--ids is for integers, but the ID of a {kind.Name} is text; name it with --id KEY, once for each");
        if (kind.HasTextKeys)
            return (null, [.. single.Select(text => KeyRules.FindProblem(text, isText: true) is { } problem ? throw new CommandLineException($"--id: {problem}") : text).Distinct(StringComparer.Ordinal)]);

        string[] all = ids is null ? single : [ids.ToString(), .. single];
        return IdRanges.TryParse(string.Join(',', all), out IdRanges? ranges, out string? error) ? (ranges, null) : throw new CommandLineException($"--id: {error}");
    }
}
