using System.Text.Json;
using Ingestion.Configuration;
using Ingestion.Storage;
using Spectre.Console;
using TestSupport.Time;
using Worker.Commands;
using Worker.Hosting;
using Worker.Reports;

namespace Worker.Tests;

public sealed class StatusTests
{
    private static readonly DateTimeOffset Time = new(2026, 11, 23, 14, 20, 11, TimeSpan.Zero);

    private static readonly RunRecord Run = new(
        new Guid("01a202c5-825d-78f6-ba15-53bff92277af"), "ids:1-20000", "https://api.example/v1/", "ThreadPerItem", 16, RunStatus.Finished, 20_000,
        new OutcomeCounts(18_000, 1_000, 10, 990), Time, Time.AddSeconds(83));

    private static readonly DeadLetterSummary DeadLetters = new(
        990, 23, [Group("HTTP 503", 980, "1-970,975,977-985"), Group("a redirect to another server is not followed: http://other-host.invalid/api/character/N", 9, "1001,1003-1010")]);

    [Theory]
    [InlineData(80)]
    [InlineData(100)]
    public void On_a_terminal_no_line_is_longer_than_it_and_nothing_is_lost(int width)
    {
        string[] lines = Print(width);

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        string text = string.Join('\n', lines);
        Assert.All(
            ["01a202c5-825d-78f6-ba15-53bff92277af", "ids:1-20000", "https://api.example/v1/", "ThreadPerItem 16", "finished, 1 min 23 s", "of 20,000", "990 failed", "Failed items not yet resolved: 990",
                "HTTP 503", "1-970, 975, 977-985, …", "2026-11-23 14:25:11", "and 21 less frequent reasons"],
            part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Where_there_is_room_a_run_is_one_line()
    {
        string line = Assert.Single(Print(220), line => line.Contains("01a202c5", StringComparison.Ordinal));

        Assert.Equal(
            "01a202c5-825d-78f6-ba15-53bff92277af finished 2026-11-23 14:20:11 1 min 23 s ids:1-20000 https://api.example/v1/ ThreadPerItem 16 20,000 18,000 1,000 10 990",
            string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData(80, "running, 412 items/s")]
    [InlineData(220, "412 items/s")]
    public void A_run_that_goes_on_is_shown_with_how_fast_it_goes(int width, string expected)
    {
        using StringWriter writer = new();
        IAnsiConsole console = Terminal.Plain(writer);
        console.Profile.Width = width;

        StatusTable.Write(console, [Run with { Status = RunStatus.Running, FinishedAt = null }], new Dictionary<Guid, double> { [Run.Id] = 412.3 });

        Assert.Contains(expected, writer.ToString(), StringComparison.Ordinal);
        Assert.All(writer.ToString().Split('\n'), line => Assert.InRange(line.TrimEnd().Length, 0, width));
    }

    [Fact]
    public void A_run_that_ended_before_it_began_by_a_clock_that_was_set_back_took_no_time()
    {
        using StringWriter writer = new();
        IAnsiConsole console = Terminal.Plain(writer);
        console.Profile.Width = 220;

        StatusTable.Write(console, [Run with { FinishedAt = Run.StartedAt.AddMinutes(-59) }]);

        Assert.Contains("0.00 s", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_are_those_between_two_looks_and_only_of_what_goes_on()
    {
        ManualTimeProvider time = new();
        FleetRates rates = new(time);
        RunRecord one = Run with { Status = RunStatus.Running, Counts = default(OutcomeCounts) with { Ingested = 100 } };

        Assert.Empty(rates.Next([one, Run]));
        time.Advance(TimeSpan.FromSeconds(2));
        RunRecord other = one with { Id = Guid.NewGuid() };
        Assert.Equal([KeyValuePair.Create(one.Id, 75.0)], rates.Next([one with { Counts = default(OutcomeCounts) with { Ingested = 250 } }, other]));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([KeyValuePair.Create(other.Id, 0.0)], rates.Next([Run, other]));
    }

    public static TheoryData<string, string> Documents => new()
    {
        { "Status for programs", StatusJson.ToJson([Run], DeadLetters) },
        { "Validation for programs", ValidateCommand.ToJson([new("database", FindingKind.Ok, "a")]) },
        { "Dead letters for programs", DeadLetterJson.ToJson([new(7, Run.Id, 2, Time, "HTTP 503", """{ "status": 503, "headers": { "<name>": "x" }, "body": "y" }""")], 1) },
        { "Configuration for programs", ConfigurationJson.ToJson([new("a", "b", SettingOrigin.File, "c", IsKnown: true), new("d", "***", SettingOrigin.CommandLine, null, IsKnown: false)], ["e"]) },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void The_page_lists_every_field_of_the_JSON(string heading, string document)
    {
        IEnumerable<string> fields = Names(JsonDocument.Parse(document).RootElement, "");

        Assert.Equal(fields.Order(StringComparer.Ordinal), Repository.Table("docs/json.md", heading).SelectMany(row => row[0].Split(", ")).Select(field => field.Trim('`')).Order(StringComparer.Ordinal));

        static IEnumerable<string> Names(JsonElement element, string path) => element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().SelectMany(property => Names(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}")),
            JsonValueKind.Array => Names(element[0], path + "[]"),
            _ => [path],
        };
    }

    [Fact]
    public void The_JSON_has_the_runs_and_the_reasons()
    {
        JsonElement json = JsonDocument.Parse(StatusJson.ToJson([Run], DeadLetters)).RootElement;

        Assert.Equal(["runs", "unresolved"], json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["runId", "source", "strategy", "degreeOfParallelism", "status", "requested", "ingested", "unchanged", "notFound", "failed", "startedAt", "finishedAt", "upstream"],
            json.GetProperty("runs")[0].EnumerateObject().Select(property => property.Name));
        Assert.Equal(["count", "reasons", "byReason"], json.GetProperty("unresolved").EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            """["HTTP 503",980,"1-970,975,977-985",true,"2026-11-23T14:20:11+00:00","2026-11-23T14:25:11+00:00"]""",
            "[" + string.Join(',', json.GetProperty("unresolved").GetProperty("byReason")[0].EnumerateObject().Select(property => property.Value.GetRawText())).Replace("\\u002B", "+", StringComparison.Ordinal) + "]");
    }

    private static DeadLetterGroup Group(string reason, long count, string ids) => new(reason, count, ids, HasMoreIds: true, Time, Time.AddMinutes(5));

    private static string[] Print(int width)
    {
        using StringWriter writer = new();
        foreach (Action<IAnsiConsole> write in (Action<IAnsiConsole>[])
            [console => StatusTable.Write(console, [Run]), console => DeadLetterTable.Write(console, "Failed items not yet resolved", DeadLetters)])
        {
            IAnsiConsole console = Terminal.Plain(writer);
            console.Profile.Width = width;
            write(console);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(writer.ToString());
        return writer.ToString().Split('\n').Select(line => line.TrimEnd()).ToArray();
    }
}
