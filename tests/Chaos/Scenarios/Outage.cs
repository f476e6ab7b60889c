namespace Chaos.Scenarios;

/// <summary>What the worker says of a database that it cannot use: one line for each outage, and one for its end.</summary>
internal static class Outage
{
    public static bool IsSaid(string line) => line.Contains("cannot be used right now", StringComparison.Ordinal);

    public static bool IsOver(string line) => line.Contains("can be used again after", StringComparison.Ordinal);
}
