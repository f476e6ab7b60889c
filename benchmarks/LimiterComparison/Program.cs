using Ingestion.Tests.Concurrency.Adaptive;
using LimiterComparison;

// The algorithms on the same simulated upstreams, in made-up time: medians of as many seeds as the first argument says (default 20), as tables in Markdown.
const int Ceiling = 1000;
int seeds = args is [var text] ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : 20;
(string Name, Func<ILimiter> Create)[] algorithms =
[
    ("Vector's AIMD", () => new VectorAimd(Ceiling)),
    ("Gradient2", () => new Gradient2(Ceiling)),
    ("Vegas", () => new Vegas(Ceiling)),
    ("chosen", () => new Chosen(Ceiling)),
];

Head("500 round trips from the start: share of the best fixed limit / of 429s / most in flight");
foreach (bool rejects in (bool[])[false, true])
{
    foreach (int capacity in (int[])[4, 32, 200])
        Row($"{capacity}, {Kind(rejects)}", seed => Backend(capacity, rejects, seed), (backend, limiter) => Share(backend, limiter, 500));
}

Head("The capacity changes after 300 round trips: share of the best in the 20 round trips from the 50th on / of 429s in all 370 / most in flight after the change");
foreach (bool rejects in (bool[])[false, true])
{
    foreach ((int before, int after) in ((int, int)[])[(8, 4), (4, 8), (32, 16), (32, 64), (200, 100), (100, 200)])
    {
        Row($"{before} → {after}, {Kind(rejects)}", seed => Backend(before, rejects, seed), (backend, limiter) =>
        {
            Measured first = Share(backend, limiter, 300);
            backend.Capacity = after;
            Measured second = Share(backend, limiter, 50);
            return Share(backend, limiter, 20).After(first, second);
        });
    }
}

Head("Other things that happen, over 500 round trips: share of the best / of 429s and 503s / most in flight");
Row("100, 1 % of 503s whatever the load", seed => new SimulatedBackend(100, rejects: false, seed) { ErrorRate = 0.01 }, (backend, limiter) => Share(backend, limiter, 500));
Row("100, 429s, latency × 3 for good after 200", seed => Backend(100, rejects: true, seed), (backend, limiter) =>
{
    Share(backend, limiter, 200);
    backend.Latency *= 3;
    return Share(backend, limiter, 300);
});

void Head(string title)
{
    Console.WriteLine($"\n{title}\n\n| capacity, beyond it | {string.Join(" | ", algorithms.Select(algorithm => algorithm.Name))} |");
    Console.WriteLine("|---|" + string.Concat(algorithms.Select(_ => "---|")));
}

void Row(string name, Func<int, SimulatedBackend> create, Func<SimulatedBackend, ILimiter, Measured> measure)
{
    IEnumerable<Measured> medians = algorithms.Select(algorithm =>
        Measured.Median([.. Enumerable.Range(1, seeds).Select(seed => measure(create(seed), algorithm.Create()))]));
    Console.WriteLine($"| {name} | {string.Join(" | ", medians)} |");
}

// Answers take 50 ms, rejections 20.
static SimulatedBackend Backend(int capacity, bool rejects, int seed) => new(capacity, rejects, seed) { RejectionSeconds = 0.02 };

static string Kind(bool rejects) => rejects ? "429s" : "latency";

static Measured Share(SimulatedBackend backend, ILimiter limiter, int roundTrips)
{
    double share = backend.Run(limiter, () => limiter.Limit, roundTrips);
    return new Measured(share, backend.Rejected, backend.Answered, backend.MostInFlight);
}
