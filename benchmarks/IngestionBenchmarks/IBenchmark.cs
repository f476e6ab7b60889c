namespace IngestionBenchmarks;

/// <summary>Something that is measured beside the worker.</summary>
internal interface IBenchmark
{
    /// <summary>Requests in flight, as many as the worker is given.</summary>
    const int DegreeOfParallelism = 64;

    /// <summary>Prepares what is not to be measured.</summary>
    Task PrepareAsync(int count) => Task.CompletedTask;

    /// <summary>Does it for the characters 1 to <paramref name="count"/>.</summary>
    Task RunAsync(int count);
}
