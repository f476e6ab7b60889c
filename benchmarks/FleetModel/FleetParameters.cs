using System.Globalization;
using System.Reflection;

namespace FleetModel;

/// <summary>What a fleet is made of. The costs are those measured in benchmarks/README.md, on two cores.</summary>
internal sealed record FleetParameters
{
    /// <summary>Workers.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Degree of parallelism of each.</summary>
    public int Dop { get; init; } = 64;

    /// <summary>IDs fetched with one request.</summary>
    public int IdsPerRequest { get; init; } = 1;

    /// <summary>Seconds the upstream takes for one request.</summary>
    public double Latency { get; init; } = 0.1;

    /// <summary>Requests the upstream works on at once; more wait. 0 = no limit.</summary>
    public int Capacity { get; init; }

    /// <summary>Requests a second the upstream takes in. 0 = no limit.</summary>
    public double Rate { get; init; }

    /// <summary>Seconds of processor time for an item, of the worker and of what runs beside it.</summary>
    public double WorkerCpu { get; init; } = 150e-6;

    /// <summary>Cores of a machine.</summary>
    public int Cores { get; init; } = 2;

    /// <summary>Workers that share a machine. 0 = all of them.</summary>
    public int WorkersPerMachine { get; init; } = 1;

    /// <summary>Seconds the broker takes for a message, delivered and acknowledged.</summary>
    public double BrokerMessage { get; init; } = 60e-6;

    /// <summary>IDs in one message.</summary>
    public int IdsPerMessage { get; init; } = 1;

    /// <summary>Seconds a transaction takes, whatever is in it.</summary>
    public double Commit { get; init; } = 1e-3;

    /// <summary>Seconds a transaction takes longer for each row.</summary>
    public double Row { get; init; } = 60e-6;

    /// <summary>Transactions that the server works on at once at that speed: about its cores.</summary>
    public int Databases { get; init; } = 4;

    /// <summary>Rows in one transaction, at most.</summary>
    public int MaxBatch { get; init; } = 1000;

    /// <summary>Reads <c>--name value</c> for the properties above, and <c>--workers</c> with several numbers separated by commas.</summary>
    /// <returns>One set of parameters for each number of workers.</returns>
    /// <exception cref="FormatException">An option that is none, or a value that is no number above 0 (0 where that means none).</exception>
    public static IReadOnlyList<FleetParameters> Parse(IReadOnlyList<string> args)
    {
        FleetParameters result = new();
        string workers = "1,10,100,1000";
        for (int i = 0; i < args.Count; i += 2)
        {
            string name = args[i].Replace("--", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
            string value = i + 1 < args.Count ? args[i + 1] : throw new FormatException($"{args[i]} has no value");
            PropertyInfo property = typeof(FleetParameters).GetProperty(name, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)
                ?? throw new FormatException($"there is no option {args[i]}");
            if (property.Name == nameof(Workers))
                workers = value;
            else
                property.SetValue(result, Convert.ChangeType(Number(args[i], value), property.PropertyType, CultureInfo.InvariantCulture));
        }

        return [.. workers.Split(',').Select(number => result with { Workers = (int)Math.Max(1, Number("--workers", number)) })];
    }

    private static double Number(string option, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= 0
            ? number : throw new FormatException($"{option} is '{value}', which is no number of 0 or more");
}
