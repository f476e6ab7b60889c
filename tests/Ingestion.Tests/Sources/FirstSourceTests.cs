using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Runs;
using Ingestion.Sources;
using Ingestion.Tests.Runs;
using Ingestion.Upstream;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ingestion.Tests.Sources;

/// <summary>What is first comes before the rest of a source, whatever that is.</summary>
public sealed class FirstSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-first-");

    [Fact]
    public async Task What_is_first_comes_once_and_marked_and_the_rest_as_it_came()
    {
        FirstSource source = First(new ListSource([.. ((int[])[5, 3, 9, 3, 1, 9]).Select(id => new SourceItem(id))]), 3, 9);
        SourceDescription description = await source.DescribeAsync(CancellationToken.None);

        List<SourceItem> items = await source.ReadAsync(description, CancellationToken.None).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([(3, true), (9, true), (5, false), (1, false)], items.Select(item => ((int)item.Key.Number, item.IsUrgent)));
        Assert.True(source.HasUrgent);
    }

    [Fact]
    public async Task A_key_that_a_file_does_not_have_is_named_before_the_run()
    {
        string file = Path.Combine(_folder.FullName, "keys.txt");
        await File.WriteAllTextAsync(file, "b\na\n", TestContext.Current.CancellationToken);
        FirstSource source = new(new FileSource(file, isText: true), ["a", "c"], NullLogger<FirstSource>.Instance);

        IngestionConfigurationException problem = await Assert.ThrowsAsync<IngestionConfigurationException>(() => source.DescribeAsync(CancellationToken.None));

        Assert.StartsWith("Ingestion:First has c, which is not in file:keys.txt:", problem.Message, StringComparison.Ordinal);
        await File.AppendAllTextAsync(file, "c\n", TestContext.Current.CancellationToken);
        SourceDescription description = await source.DescribeAsync(CancellationToken.None);
        Assert.Equal(["a", "c", "b"], (await source.ReadAsync(description, CancellationToken.None).ToListAsync(TestContext.Current.CancellationToken)).Select(item => item.Key.Text));

        // What the file has by the next run is no mistake of whoever started the worker.
        await File.WriteAllTextAsync(file, "b\n", TestContext.Current.CancellationToken);
        await source.DescribeAsync(CancellationToken.None);
    }

    [Fact]
    public async Task What_the_source_turned_out_not_to_have_is_named_at_its_end()
    {
        ListLogger log = new();
        FirstSource source = new(new ListSource([new SourceItem(1), new SourceItem(2)]), [2, 7], log);

        Assert.Equal(3, await source.ReadAsync(await source.DescribeAsync(CancellationToken.None), CancellationToken.None).CountAsync(TestContext.Current.CancellationToken));

        Assert.Equal("1 of the IDs in Ingestion:First did not come from list: 7. They were ingested all the same", Assert.Single(log.Lines));
    }

    [Theory]
    [InlineData("Sequential")]
    [InlineData("ThreadPerItem")]
    public async Task A_run_asks_for_what_is_first_before_the_rest_and_marks_it(string strategy)
    {
        ScriptedUpstream upstream = new((id, attempt) => id == 90 && attempt == 1 ? ScriptedUpstream.Failed(FetchFailureKind.ServerError, 500) : ScriptedUpstream.Found(id));
        FirstSource source = First(new ListSource([.. Enumerable.Range(1, 100).Select(id => new SourceItem(id))]), 50, 90);
        using RunFixture fixture = new(new IngestionOptions { Strategy = strategy, DegreeOfParallelism = 1, StallTimeout = TimeSpan.Zero, ChannelCapacity = 4 }, new UpstreamOptions(), upstream, source: source, isRecording: true);

        RunSummary summary = await fixture.RunAsync();
        int[] asked = [.. upstream.Requests.Select(request => request.Id)];

        Assert.Equal([50, 90, 1, 2], asked.Take(4));
        Assert.Equal(101, asked.Length);
        Assert.Equal([.. Enumerable.Range(1, 100)], asked.Distinct().Order());
        Assert.Equal([50, 90, 90], summary.Recording!.Attempts.Where(attempt => attempt.IsUrgent).Select(attempt => (int)attempt.Key.Number));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static FirstSource First(IItemSource source, params int[] keys) => new(source, [.. keys.Select(key => new ItemKey(key))], NullLogger<FirstSource>.Instance);

    private sealed class ListLogger : ILogger<FirstSource>
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Lines.Add(formatter(state, exception));
    }
}
