using UpstreamSimulator.Http;
using UpstreamSimulator.Records;

namespace UpstreamSimulator;

/// <summary>Everything that follows from a set of options, replaced as a whole.</summary>
internal sealed record SimulatorState(SimulatorOptions Options, IReadOnlyDictionary<Collection, RecordBook> Books, AnswerBook Answers)
{
    public static SimulatorState Of(SimulatorOptions options, SimulatorStatistics statistics, TimeProvider time, SimulatorState? previous)
    {
        bool areSameBooks = previous is not null && (options.Seed, options.Characters, options.Revised)
            == (previous.Options.Seed, previous.Options.Characters, previous.Options.Revised);
        IReadOnlyDictionary<Collection, RecordBook> books = areSameBooks
            ? previous!.Books
            : Collection.All.ToDictionary(
                collection => collection,
                collection => new RecordBook(collection, options.Seed, collection.Count ?? options.Characters, options.Revised));
        return new SimulatorState(options, books, new AnswerBook(options, books, new BearerTokens(options, time), statistics));
    }
}
