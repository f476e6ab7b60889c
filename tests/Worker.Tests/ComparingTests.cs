using Worker.Commands;
using Worker.Comparing;
using Worker.Reports;
using Worker.Reports.Pictures;

namespace Worker.Tests;

public sealed class ComparingTests
{
    [Theory]
    [InlineData("all", "Sequential (1), ThreadPerItem (8), ThreadPool (8), EventLoop (8), Async (8), Pipeline (8), Adaptive (8)")]
    [InlineData("ALL", "Sequential (1), ThreadPerItem (8), ThreadPool (8), EventLoop (8), Async (8), Pipeline (8), Adaptive (8)")]
    [InlineData("ThreadPool:5,Async:0", "ThreadPool (5), Async (no cap)")]
    [InlineData("Async:16,Async:auto", "Async (16), Async (auto)")]
    [InlineData(" eventloop , sequential:1 ", "EventLoop (8), Sequential (1)")]
    [InlineData("Async:4,Async:16,Async", "Async (4), Async (16), Async (8)")]
    public void A_list_of_strategies_is_a_list_of_contenders(string text, string expected) =>
        Assert.Equal(expected, string.Join(", ", Contender.From(StrategySpec.ParseList(text), commonDegree: 8)));

    [Theory]
    [InlineData("Sequental", "'Sequental' is not a strategy; did you mean Sequential?")]
    [InlineData("Async,kangaroo", "'kangaroo' is not a strategy; allowed are all, Sequential, ThreadPerItem, ThreadPool, EventLoop, Async, Pipeline, Adaptive")]
    [InlineData("", "'' is not a strategy; allowed are ")]
    [InlineData("Async,", "'' is not a strategy; allowed are ")]
    [InlineData("Async,all", "'all' is not a strategy; ")]
    [InlineData("Async,async", "Async is named twice")]
    [InlineData("Sequential,Sequential:1", "Sequential is named twice")]
    [InlineData("Sequential:4", "Sequential always has a degree of parallelism of 1, not 4")]
    [InlineData("ThreadPool:0", "ThreadPool needs a cap; write ThreadPool:16, say")]
    [InlineData("Async:-1", "'-1' behind Async is not a degree of parallelism: a whole number from 0 to 100000")]
    [InlineData("Async:100001", "'100001' behind Async is not a degree of parallelism")]
    [InlineData("Pipeline:", "'' behind Pipeline is not a degree of parallelism: a whole number from 1 to 100000")]
    public void What_names_no_strategy_is_refused_with_a_way_out(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => StrategySpec.ParseList(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void No_cap_for_all_is_refused_where_one_is_needed_and_the_message_can_be_pasted()
    {
        string message = Assert.Throws<CommandLineException>(() => Contender.From(StrategySpec.ParseList("all"), commonDegree: 0)).Message;

        Assert.StartsWith("ThreadPool and Pipeline cannot do without a cap", message, StringComparison.Ordinal);
        string remedy = message[(message.IndexOf("--strategies ", StringComparison.Ordinal) + "--strategies ".Length)..];
        Assert.Equal(
            "Sequential (1), ThreadPerItem (no cap), ThreadPool (16), EventLoop (no cap), Async (no cap), Pipeline (16), Adaptive (no cap)",
            string.Join(", ", Contender.From(StrategySpec.ParseList(remedy), commonDegree: 0)));
    }

    [Theory]
    [InlineData(new double[] { 7 }, 7, 7, 7)]
    [InlineData(new double[] { 3, 1, 2 }, 2, 1, 3)]
    [InlineData(new double[] { 4, 1, 3, 2 }, 2.5, 1, 4)]
    public void A_spread_is_the_median_between_the_lowest_and_the_highest(double[] values, double median, double min, double max) =>
        Assert.Equal(new Spread(median, min, max), Spread.Of(values));

    [Fact]
    public void Speed_up_is_the_ratio_of_the_medians()
    {
        Standing sequential = Standing("Sequential", 20, 22, 21);
        Standing pool = Standing("ThreadPool", 4, 4.2, 9);

        Assert.Equal(5, pool.SpeedUpOver(sequential));
        Assert.Equal(1, sequential.SpeedUpOver(sequential));
        Assert.Equal(4.2, pool.Shown.Report.ElapsedSeconds);
        Assert.Equal(1, Standing("Async", 3, 1, 2, 0.5).Shown.Report.ElapsedSeconds);
    }

    [Fact]
    public void There_is_no_speed_up_without_work_or_where_all_of_it_failed()
    {
        Standing fine = Standing("Sequential", 2);
        Standing idle = new(new Contender("Async", 4), [Round(2, ingested: 0)]);
        Standing failing = new(new Contender("Async", 4), [Round(2, ingested: 5), Round(2, ingested: 0, failed: 5)]);

        Assert.All([idle, failing], standing =>
        {
            Assert.Null(standing.SpeedUpOver(fine));
            Assert.Null(fine.SpeedUpOver(standing));
        });
        Assert.Null(idle.AllocatedBytesPerItem);
        Assert.NotNull(new Standing(new Contender("Async", 4), [Round(2, ingested: 1, failed: 5)]).SpeedUpOver(fine));
    }

    [Fact]
    public void The_yardstick_is_Sequential_or_else_the_first_one()
    {
        Standing[] without = [Standing("Async", 3), Standing("Pipeline", 2)];

        Assert.Equal("Sequential", ComparisonTable.Yardstick([.. without, Standing("Sequential", 9)]).Contender.Strategy);
        Assert.Equal("Async", ComparisonTable.Yardstick(without).Contender.Strategy);
    }

    [Fact]
    public void The_table_has_a_row_for_each_contender_and_links_where_there_is_a_trace()
    {
        Uri jaeger = new("http://localhost:16686/");
        Standing[] standings = [Standing("Sequential", 20, 20.5, 21), new(new Contender("EventLoop", 0), [Round(0, ingested: 0, trace: null)])];

        ReportDocument.Figures table = ComparisonTable.Of(standings, jaeger);

        Assert.Equal(
            ["strategy", "DOP", "elapsed", "spread", "items/s", "× Sequential", "in flight", "threads", "CPU", "memory", "allocated/item", "retries", "failed", "spans dropped", "trace"],
            table.Columns);
        Assert.Equal(["Sequential", "4", "20.50 s", "20.00 s – 21.00 s", "0.5", "1.00", "16", "4", "1.50 s", "64 MiB", "2 KiB", "0", "0", "3", "0123456789abcdef0123456789abcdef"], Texts(table, 0));
        Assert.Equal(["EventLoop", "no cap", "0.00 s", "0.00 s – 0.00 s", "0.0", "–", "16", "4", "1.50 s", "64 MiB", "–", "0", "0", "3", "–"], Texts(table, 1));
        Assert.Equal("http://localhost:16686/trace/0123456789abcdef0123456789abcdef", table.Rows[0][^1].Link!.ToString());
        Assert.Null(table.Rows[1][^1].Link);
    }

    [Fact]
    public void With_one_round_there_is_no_spread_and_without_Jaeger_no_link()
    {
        ReportDocument.Figures table = ComparisonTable.Of([Standing("Async", 3)], jaeger: null);

        Assert.DoesNotContain("spread", table.Columns);
        Assert.DoesNotContain("trace", table.Columns);
        Assert.All(table.Rows, row => Assert.Equal(table.Columns.Count, row.Count));
    }

    [Theory]
    [InlineData(400, 1)]
    [InlineData(120, 2)]
    [InlineData(80, 3)]
    public void A_narrow_terminal_gets_several_tables_and_no_line_is_broken(int width, int tables)
    {
        using StringWriter writer = new();
        var console = Terminal.Plain(writer);
        console.Profile.Width = width;

        ComparisonTable.Write(console, ComparisonTable.Of([Standing("Sequential", 20), Standing("ThreadPerItem", 2)], new Uri("http://localhost:16686")));

        string[] lines = writer.ToString().Split('\n');
        Assert.Equal(tables, lines.Count(line => line.Contains("ThreadPerItem ", StringComparison.Ordinal) && !line.Contains("http", StringComparison.Ordinal)));
        Assert.All(lines.Where(line => !line.Contains("http", StringComparison.Ordinal)), line => Assert.InRange(line.TrimEnd().Length, 0, width));
        Assert.Contains("spans dropped", writer.ToString(), StringComparison.Ordinal);
        Assert.Contains("ThreadPerItem (4): http://localhost:16686/trace/0123456789abcdef0123456789abcdef", lines);
    }

    private static string[] Texts(ReportDocument.Figures table, int row) => [.. table.Rows[row].Select(cell => cell.Text)];

    private static Standing Standing(string strategy, params double[] seconds) => new(new Contender(strategy, 4), [.. seconds.Select(elapsed => Round(elapsed))]);

    private static Measurement Round(double seconds, long ingested = 10, long failed = 0, string? trace = "0123456789abcdef0123456789abcdef")
    {
        RunJson report = RunJson.From(Runs.Summary(ingested, failed), new ExportedSpans(WhyNotExported: null, 100, 3, 1, 0)) with
        {
            ElapsedSeconds = seconds,
            ItemsPerSecond = seconds > 0 ? ingested / seconds : 0,
            CpuSeconds = 1.5,
            PeakMemoryBytes = 64 * 1024 * 1024,
            AllocatedBytes = 20 * 1024,
            TraceId = trace,
        };
        return new Measurement(report, Picture: "");
    }
}
