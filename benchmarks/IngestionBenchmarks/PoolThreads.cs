using System.Globalization;

namespace IngestionBenchmarks;

/// <summary>
/// Calls to the upstream on threads of the .NET thread pool, which starts with one for each core: awaited, waited for with <c>Result</c>, or blocking all
/// the way down. Draws a lane for each of the first calls: dots until a thread begins with it, then a bar until it has its answer.
/// </summary>
internal static class PoolThreads
{
    private const int Lanes = 24;

    private static readonly TimeSpan Column = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(string way, Uri upstream, int calls)
    {
        using var client = new HttpClient { BaseAddress = upstream };
        Func<Uri, Task>? call = way switch
        {
            "awaited" => client.GetStringAsync,
            "result" => TakeResult,
            "blocking" => Block,
            _ => null,
        };

        Task TakeResult(Uri address)
        {
            _ = client.GetStringAsync(address).Result;
            return Task.CompletedTask;
        }

        Task Block(Uri address)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            client.Send(request).Dispose();
            return Task.CompletedTask;
        }

        if (call is null)
            return 64;

        long start = TimeProvider.System.GetTimestamp();
        TimeSpan Elapsed() => TimeProvider.System.GetElapsedTime(start);
        (TimeSpan From, TimeSpan To)[] lanes = await Task.WhenAll(Enumerable.Range(1, calls).Select(id => Task.Run(async () =>
        {
            TimeSpan from = Elapsed();
            await call(new Uri($"character/{id}", UriKind.Relative));
            return (from, Elapsed());
        })));

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{way}: {Elapsed().TotalSeconds:F2} s, {ThreadPool.ThreadCount} threads at the end"));
        foreach ((TimeSpan from, TimeSpan to) in lanes.Order().Take(Lanes))
            Console.WriteLine("  " + Lane(from, to));
        return 0;
    }

    private static string Lane(TimeSpan from, TimeSpan to)
    {
        int begun = (int)(from / Column);
        return new string('·', begun) + new string('█', Math.Max(1, (int)(to / Column) - begun));
    }
}
