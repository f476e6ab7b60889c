using System.Globalization;
using IngestionBenchmarks;
using IngestionBenchmarks.Alternatives;
using IngestionBenchmarks.Ceilings;

switch (args)
{
    case ["collector"]:
        await Collector.RunAsync();
        return 0;

    case ["save", string upstream, string count, string folder]:
        await Records.SaveAsync(new Uri(upstream), Number(count), folder);
        return 0;

    case ["plain", string upstream, string count]:
        return await MeasureAsync(new PlainIngestion(new Uri(upstream), Database()), count);

    case ["batched", string upstream, string count]:
        return await MeasureAsync(new BatchedIngestion(new Uri(upstream), Database()), count);

    case ["http", string upstream, string count]:
        return await MeasureAsync(new HttpAlone(new Uri(upstream)), count);

    case ["copy", string upstream, string count, string batchSize]:
        return await MeasureAsync(new DatabaseAlone(new Uri(upstream), Database(), Number(batchSize)), count);

    case ["ring", string attempts]:
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"nanosecondsPerAttempt\": {RingCost.Measure(Number(attempts)):F0}}}"));
        return 0;

    case ["threads", string way, string upstream, string count]:
        return await PoolThreads.RunAsync(way, new Uri(upstream), Number(count));

    default:
        Console.Error.WriteLine(
            "usage: IngestionBenchmarks collector | save URL COUNT FOLDER | plain|batched|http URL COUNT | copy URL COUNT BATCH | ring ATTEMPTS | threads awaited|result|blocking URL COUNT; benchmarks/run.sh and benchmarks/cpu-bound.sh do all of it");
        return 64;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static string Database() => Environment.GetEnvironmentVariable("ConnectionStrings__Postgres")
    ?? throw new InvalidOperationException("ConnectionStrings__Postgres is not set");

// Prints how long it took, without the start of the process.
static async Task<int> MeasureAsync(IBenchmark benchmark, string count)
{
    int characters = Number(count);
    await benchmark.PrepareAsync(characters);
    long start = TimeProvider.System.GetTimestamp();
    await benchmark.RunAsync(characters);
    TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{{\"elapsedSeconds\": {elapsed.TotalSeconds:F3}}}"));
    return 0;
}
