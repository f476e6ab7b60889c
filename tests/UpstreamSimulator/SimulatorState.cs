using UpstreamSimulator.Characters;
using UpstreamSimulator.Http;
using UpstreamSimulator.Statistics;

namespace UpstreamSimulator;

/// <summary>Everything that follows from a set of options, replaced as a whole.</summary>
internal sealed record SimulatorState(SimulatorOptions Options, CharacterBook Characters, AnswerBook Answers)
{
    public static SimulatorState Of(SimulatorOptions options, SimulatorStatistics statistics, SimulatorState? previous)
    {
        bool isSameBook = previous is not null && (options.Seed, options.Characters, options.Revised)
            == (previous.Options.Seed, previous.Options.Characters, previous.Options.Revised);
        CharacterBook characters = isSameBook ? previous!.Characters : new CharacterBook(options.Seed, options.Characters, options.Revised);
        return new SimulatorState(options, characters, new AnswerBook(options, characters, statistics));
    }
}
