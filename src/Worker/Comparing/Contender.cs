namespace Worker.Comparing;

/// <summary>What is measured: a strategy with a degree of parallelism.</summary>
internal sealed record Contender(string Strategy, Degree Degree)
{
    public const string Yardstick = "Sequential";

    public string DegreeText => Degree.IsAuto ? Degree.ToString() : Degree.Number == 0 ? "no cap" : Reports.Quantity.Of(Degree.Number);

    /// <summary>Gives each strategy the degree it has: its only one, its own, or the common one.</summary>
    /// <exception cref="CommandLineException">The common one is 0, and some cannot do without a cap.</exception>
    public static IReadOnlyList<Contender> From(IReadOnlyList<StrategySpec> specs, Degree commonDegree)
    {
        Contender[] contenders = [.. specs.Select(spec => new Contender(spec.Strategy.Strategy, spec.Strategy.Fixed is { } always ? always : spec.Degree ?? commonDegree))];
        string[] impossible = [.. specs.Where((spec, i) => spec.Strategy.Fixed is null && !contenders[i].Degree.IsAuto && contenders[i].Degree.Number < spec.Strategy.Minimum).Select(spec => spec.Strategy.Strategy)];
        if (impossible.Length == 0)
            return contenders;

        string[] remedy = [.. specs.Select(spec => impossible.Contains(spec.Strategy.Strategy, StringComparer.Ordinal) && spec.Degree is null ? spec + ":16" : spec.ToString())];
        throw new CommandLineException(
            $"{string.Join(" and ", impossible)} cannot do without a cap, and --dop or Ingestion:DegreeOfParallelism is 0, which means none; give each its own degree: --strategies {string.Join(',', remedy)}");
    }

    public override string ToString() => $"{Strategy} ({DegreeText})";
}
