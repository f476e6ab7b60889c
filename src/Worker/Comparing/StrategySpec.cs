using Ingestion.Concurrency;

namespace Worker.Comparing;

/// <summary>A strategy as the command line names it.</summary>
/// <param name="Degree">The degree of parallelism written behind its name; null for the common one.</param>
internal sealed record StrategySpec(StrategyDegrees Strategy, Degree? Degree)
{
    public const string All = "all";
    private const int MaxCount = 50;

    /// <summary>Reads <c>all</c>, or names with commas, each with its own degree where that is wanted: <c>Sequential,ThreadPool:5,Async:0</c>.</summary>
    public static IReadOnlyList<StrategySpec> ParseList(string text)
    {
        if (string.Equals(text.Trim(), All, StringComparison.OrdinalIgnoreCase))
            return [.. StrategyDegrees.All.Select(strategy => new StrategySpec(strategy, Degree: null))];

        StrategySpec[] specs = [.. text.Split(',').Select(part => Parse(part.Trim()))];
        if (specs.GroupBy(spec => spec).FirstOrDefault(group => group.Count() > 1) is { Key: var twice })
            throw new FormatException($"{twice} is named twice");
        return specs.Length <= MaxCount ? specs : throw new FormatException($"{specs.Length} strategies are too many; at most {MaxCount} are compared");
    }

    public override string ToString() => Degree is { } degree ? $"{Strategy.Strategy}:{degree}" : Strategy.Strategy;

    private static StrategySpec Parse(string text)
    {
        string[] parts = text.Split(':', 2, StringSplitOptions.TrimEntries);
        StrategyDegrees strategy = Find(parts[0]);
        if (parts is [_])
            return new StrategySpec(strategy, Degree: null);

        if (!Ingestion.Configuration.Degree.TryParse(parts[1], out Degree degree))
            throw new FormatException($"'{parts[1]}' behind {strategy.Strategy} is not a degree of parallelism: a whole number from {strategy.Minimum} to {Ingestion.Configuration.Degree.Max}, or auto");
        if (strategy.Fixed is { } always && degree != always)
            throw new FormatException($"{strategy.Strategy} always has a degree of parallelism of {always}, not {degree}; leave the number out");
        return degree.IsAuto || degree.Number >= strategy.Minimum
            ? new StrategySpec(strategy, strategy.Fixed is null ? degree : null)
            : throw new FormatException($"{strategy.Strategy} needs a cap; write {strategy.Strategy}:16, say");
    }

    private static StrategyDegrees Find(string name)
    {
        string[] names = [.. StrategyDegrees.All.Select(strategy => strategy.Strategy)];
        string hint = Suggestion.Nearest(name, names) is { } nearest ? $"did you mean {nearest}?" : $"allowed are {All}, {string.Join(", ", names)}";
        return StrategyDegrees.All.FirstOrDefault(strategy => string.Equals(strategy.Strategy, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new FormatException($"'{name}' is not a strategy; {hint}");
    }
}
