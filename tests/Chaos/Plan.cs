using System.Globalization;
using Chaos.Scenarios;

namespace Chaos;

/// <summary>What the command line asks for.</summary>
/// <param name="IsLong">The full numbers instead of the short ones.</param>
/// <param name="Scenarios">What to run, in the order of the catalog.</param>
/// <param name="Seed">Every random number follows from it.</param>
/// <param name="Soak">What the soak is to have.</param>
/// <param name="Logs">The folder for the logs of what failed.</param>
internal sealed record Plan(bool IsLong, IReadOnlyList<Scenario> Scenarios, int Seed, SoakPlan Soak, string Logs)
{
    public static string Usage { get; } =
        $"usage: tests/chaos.sh [short|long] [SCENARIO…] [--seed N] [--minutes N] [--rate N] [--with {string.Join(',', SoakPlan.All)}]   with the scenarios {string.Join(", ", Scenario.All.Select(scenario => scenario.Name).Distinct(StringComparer.Ordinal))}";

    /// <summary>How long a scenario may take before it counts as stuck.</summary>
    public TimeSpan Limit => (IsLong ? TimeSpan.FromMinutes(60) : TimeSpan.FromMinutes(3)) + (Soak.Time ?? TimeSpan.Zero);

    /// <exception cref="FormatException">The command line makes no sense; the message says what is wrong.</exception>
    public static Plan Parse(string[] arguments)
    {
        bool isLong = false;
        int seed = Random.Shared.Next(1, 1_000_000);
        SoakPlan soak = new(Time: null, Rate: null, new HashSet<string>());
        string logs = Path.GetFullPath("artifacts/chaos");
        HashSet<Scenario> wanted = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "short" or "long":
                    isLong = arguments[i] == "long";
                    break;
                case "--seed":
                    seed = Number(arguments, ++i);
                    break;
                case "--minutes":
                    soak = soak with { Time = TimeSpan.FromMinutes(Number(arguments, ++i)) };
                    break;
                case "--rate":
                    soak = soak with { Rate = Number(arguments, ++i) };
                    break;
                case "--with" when i + 1 < arguments.Length:
                    soak = soak with { With = SoakPlan.Parse(arguments[++i]) };
                    break;
                case "--logs" when i + 1 < arguments.Length:
                    logs = Path.GetFullPath(arguments[++i]);
                    break;
                default:
                    wanted.UnionWith(Find(arguments[i]));
                    break;
            }
        }

        return new Plan(isLong, [.. Scenario.All.Where(scenario => wanted.Count == 0 || wanted.Contains(scenario))], seed, soak, logs);
    }

    private static int Number(string[] arguments, int index) =>
        index < arguments.Length && int.TryParse(arguments[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new FormatException($"{arguments[index - 1]} wants a whole number above 0");

    private static Scenario[] Find(string name) =>
        Scenario.All.Where(scenario => $"{scenario.Title}/".StartsWith($"{name}/", StringComparison.OrdinalIgnoreCase)).ToArray()
            is { Length: > 0 } found
            ? found
            : throw new FormatException($"there is no scenario '{name}'");
}
