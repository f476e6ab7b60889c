using TestSupport.Processes;
using TestSupport.RabbitMq;

namespace Worker.EndToEndTests.Pages;

/// <summary>The commands of the README, the pages and the examples run as they are written, one block after the other; those that cannot run here say why, in a comment before them.</summary>
public sealed class DocumentedCommandTests(PostgresServer postgres, DocumentedCommandTests.Broker broker) : IClassFixture<DocumentedCommandTests.Broker>
{
    public sealed class Broker : RabbitMqBroker, IAsyncLifetime;

    public static TheoryData<string> Pages => PagesIn("README.md", "docs/");

    [Theory]
    [MemberData(nameof(Pages))]
    public Task Commands_run_as_they_are_written(string page) => RunAsync(page, postgres, broker);

    internal static TheoryData<string> PagesIn(params string[] places) =>
        [.. CommandBlock.All.Where(block => block.NotRun is null).Select(block => block.Page).Distinct(StringComparer.Ordinal).Where(page => Array.Exists(places, place => page.StartsWith(place, StringComparison.Ordinal)))];

    internal static async Task RunAsync(string page, PostgresServer postgres, RabbitMqBroker broker)
    {
        CommandBlock[] blocks = [.. CommandBlock.All.Where(block => block.Page == page && block.NotRun is null)];
        Assert.SkipWhen(broker.Missing is not null && blocks.Any(block => block.Commands.Contains("RabbitMq", StringComparison.Ordinal)), broker.Missing ?? "");
        await using CommandBench bench = await CommandBench.SetAsync(postgres, broker);

        foreach (CommandBlock block in blocks)
        {
            ProcessResult result = await bench.RunAsync(block.Commands);
            Assert.True(result.ExitCode == 0, $"{page}:{block.Line}: exit code {result.ExitCode}\n{block.Commands}\n{result.StandardOutput}\n{result.StandardError}");
        }
    }

    [Fact]
    public void A_block_is_found_wherever_it_stands_with_the_reason_why_it_does_not_run() => Assert.Equal(
        [("a\n", null, 2), ("b\n\nc\n", "needs Docker", 7)],
        CommandBlock.Of("p.md", "```sh\na\n```\n\n<!-- not run: needs Docker -->\n```sh\nb\n\nc\n```\n```json\n{}\n```\n").Select(block => (block.Commands, block.NotRun, block.Line)));

    [Fact]
    public void Every_block_of_shell_commands_is_found()
    {
        foreach (IGrouping<string, CommandBlock> page in CommandBlock.All.GroupBy(block => block.Page, StringComparer.Ordinal))
            Assert.Equal(Repository.Read(page.Key).Split('\n').Count(line => line.StartsWith("```sh", StringComparison.Ordinal)), page.Count());
    }
}
