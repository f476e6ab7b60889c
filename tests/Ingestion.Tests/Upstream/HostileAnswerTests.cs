using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Upstream;
using Microsoft.Extensions.Options;
using TestSupport.Upstream;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Ingestion.Tests.Upstream;

/// <summary>Whatever the upstream does, an attempt ends in a value with a reason, in time. Every answer is fetched in both forms.</summary>
public sealed class HostileAnswerTests
{
    private const int Id = 7;
    private const string OfPostgres = "PostgreSQL ";

    private static readonly RecordTransformer Transformer = new(Resources.Character, Options.Create(new TransformOptions()));

    public static TheoryData<bool, string> Answers
    {
        get
        {
            var answers = new TheoryData<bool, string>();
            foreach (HostileAnswer answer in HostileAnswers.All)
            {
                answers.Add(true, answer.Fault);
                answers.Add(false, answer.Fault);
            }

            return answers;
        }
    }

    [Fact]
    public void Whatever_the_simulator_can_do_has_an_expected_end() =>
        Assert.Empty(Fault.Names.Except(HostileAnswers.All.Select(answer => answer.Fault), StringComparer.Ordinal).Except(["ok"], StringComparer.Ordinal));

    [Theory, MemberData(nameof(Answers))]
    public async Task A_hostile_answer_ends_as_it_should(bool blocking, string fault)
    {
        HostileAnswer answer = HostileAnswers.All.Single(candidate => candidate.Fault == fault);
        await using UpstreamSimulator.Simulator simulator = await UpstreamSimulator.Simulator.StartAsync(
            new SimulatorOptions { Faults = FaultPlan.Parse($"{Id}:*{fault}") });
        TimeSpan timeout = TimeSpan.FromSeconds(answer.Kind == nameof(FetchFailureKind.Timeout) ? 0.5 : 30);
        using UpstreamClient client = Fetching.Client(simulator.BaseAddress, options => options.AttemptTimeout = timeout);

        FetchResult result = await client.FetchAsync(blocking, Id);

        TransformResult transformed = result.Failure is null && !result.IsMissing ? Transformer.Transform(Id, result.Body) : default;
        Assert.Equal(answer.Kind, result.Failure?.Kind.ToString() ?? "");
        string reason = result.Failure?.Reason ?? transformed.Rejection ?? "";
        if (!answer.Reason.StartsWith(OfPostgres, StringComparison.Ordinal))
            Assert.Matches(answer.ReasonPattern(simulator.BaseAddress, Id, timeout), reason);
        Assert.Equal(answer.Outcome == "NotFound", result.IsMissing);
        Assert.Equal(answer.Outcome == "Ingested" || answer.Reason.StartsWith(OfPostgres, StringComparison.Ordinal), transformed.Record is not null);
        Assert.True(IsPrintable(reason), reason);
    }

    private static bool IsPrintable(string reason) =>
        reason.Length <= Excerpt.MaxLength && !reason.Any(c => char.IsControl(c) || c is '\u202e' or '\u2028');
}
