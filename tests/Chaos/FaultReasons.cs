using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Chaos;

/// <summary>Compares the reasons of dead letters with the faults that the simulator committed against their IDs.</summary>
internal static class FaultReasons
{
    // A connection that breaks shows itself in one way or another, depending on what had been read by then.
    private static readonly string[] Broken = ["connection reset", "connection lost", "the connection ended before the answer was complete"];

    public static async Task CheckAsync(Arena arena)
    {
        SimulatorOptions options = arena.Upstream.Options;
        Dictionary<string, int> numbers = Enumerable.Range(1, options.Characters).ToDictionary(arena.Keys.Key, StringComparer.Ordinal);
        List<string> wrong = [];
        var reasons = new SortedDictionary<string, int>(StringComparer.Ordinal);
        await arena.QueryAsync("SELECT item_id::text, error FROM ingestion.outcomes WHERE outcome = 'Failed' ORDER BY item_id", async reader =>
        {
            while (await reader.ReadAsync())
            {
                (string key, string error) = (reader.GetString(0), reader.GetString(1));
                int id = numbers[key];
                string reason = error.Split('(')[0].Trim();
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
                if (!Committed(options, id, arena.Upstream.Statistics.Requests(id)).Any(fault => Explains(fault, error)))
                    wrong.Add($"{key}: {error}");
            }

            return true;
        });
        arena.Checks.Expect(wrong.Count == 0, "every dead letter has a reason that was injected for its ID",
            $"{reasons.Values.Sum()} dead letters{string.Concat(reasons.Select(reason => $", {reason.Value} × {reason.Key}"))}; {wrong.Count} without such a reason{string.Concat(wrong.Take(5).Select(line => $"; {line}"))}");
    }

    // What strikes is decided by the seed, the ID and the number of the request alone, so it can be asked for again.
    private static IEnumerable<Fault> Committed(SimulatorOptions options, int id, int requests) =>
        Enumerable.Range(1, requests).Select(request => options.Faults.Find(id)?.At(request) ?? options.ErrorRates.Decide(options.Seed, id, request)).Distinct();

    private static bool Explains(Fault fault, string error) => fault.Kind switch
    {
        FaultKind.Status => error.StartsWith($"HTTP {fault.Status}", StringComparison.Ordinal),
        FaultKind.Hang => error.StartsWith("no complete answer within", StringComparison.Ordinal),
        FaultKind.Reset or FaultKind.Truncated => Broken.Any(reason => error.StartsWith(reason, StringComparison.Ordinal)),
        _ => false,
    };
}
