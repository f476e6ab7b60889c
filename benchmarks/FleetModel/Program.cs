using System.Globalization;
using FleetModel;

// Predicts what a number of workers does together: benchmarks/FleetModel [--workers 1,2,4] [--dop 64] [--latency 0.1] … (FleetParameters has them all).
try
{
    IReadOnlyList<FleetParameters> fleets = FleetParameters.Parse(args);
    Console.WriteLine("| workers | items/s | limited by | load of the parts |");
    Console.WriteLine("|---|---|---|---|");
    foreach (FleetParameters fleet in fleets)
    {
        long items = Math.Max(20_000, 8L * fleet.Workers * fleet.Dop * fleet.IdsPerRequest);
        FleetResult result = new Fleet(fleet).Play(items);
        string loads = string.Join(", ", result.Loads.Where(load => load.Load >= 0.01).Select(load => string.Create(CultureInfo.InvariantCulture, $"{load.Name} {load.Load:P0}")));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {fleet.Workers} | {result.ItemsPerSecond:F0} | {result.Limit} | {loads} |"));
    }

    return 0;
}
catch (FormatException exception)
{
    Console.Error.WriteLine($"FleetModel: {exception.Message}");
    return 64;
}
