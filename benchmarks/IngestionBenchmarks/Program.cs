using System.Globalization;
using IngestionBenchmarks;

switch (args)
{
    case ["collector"]:
        await Collector.RunAsync();
        return 0;

    case ["plain", string upstream, string count]:
        string connectionString = Environment.GetEnvironmentVariable("ConnectionStrings__Postgres")
            ?? throw new InvalidOperationException("ConnectionStrings__Postgres is not set");
        var plain = new PlainIngestion(new Uri(upstream), connectionString);
        TimeSpan elapsed = await plain.RunAsync(int.Parse(count, CultureInfo.InvariantCulture));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"elapsedSeconds\": {elapsed.TotalSeconds:F3}}}"));
        return 0;

    default:
        Console.Error.WriteLine("usage: IngestionBenchmarks collector | plain URL COUNT; benchmarks/run.sh does all of it");
        return 64;
}
