using Ingestion.Configuration;
using Ingestion.Runs;

namespace Ingestion.Tests.Configuration;

public sealed class ConfigurationRulesTests
{
    [Theory]
    [InlineData("Ingestion:Strategy", "Asink", "Ingestion:Strategy is 'Asink', but must be one of Sequential, ThreadPerItem, ThreadPool, EventLoop, Async, Pipeline, Adaptive; did you mean Async?")]
    [InlineData("Ingestion:Source", "Kafka", "Ingestion:Source is 'Kafka', but must be one of Ids, Catalog")]
    [InlineData("Ingestion:Ids", "5-1", "Ingestion:Ids is '5-1', but ")]
    [InlineData("Upstream:BaseAddress", "http://localhost/api/?key=1", "Upstream:BaseAddress is 'http://localhost/api/?***', but must be an API root without query or fragment")]
    [InlineData("Tracing:Viewer", "http://localhost/trace/{traceID}", "Tracing:Viewer is 'http://localhost/trace/{traceID}', but must have no other placeholders than {traceId} and {runId}")]
    [InlineData("Tracing:Viewer", "javascript:alert(1)", "Tracing:Viewer is 'javascript:alert(1)', but must be an absolute http or https URL without user name or password")]
    [InlineData("Tracing:Detail", "Item", "Tracing:Detail is 'Item', but must be Stages or Items")]
    public void What_must_fit_together_is_checked(string key, string value, string expected)
    {
        IngestionConfigurationException exception = Assert.Throws<IngestionConfigurationException>(() => Check((key, value)));

        Assert.Contains(expected, Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1-10,827", "Ingestion:First is '1-10,827', but 827 is not in Ingestion:Ids, which is '1-826'; take it out of First, or add it to Ids")]
    [InlineData("10-1", "Ingestion:First is '10-1', but '10-1' at position 1 is a range that ends before it starts")]
    [InlineData("1-200000", "Ingestion:First is '1-200000', but has 200,000 IDs; at most 100,000 are allowed")]
    public void What_is_first_is_part_of_the_IDs(string first, string expected) =>
        Assert.Contains(expected, Assert.Single(Assert.Throws<IngestionConfigurationException>(() => Check(("Ingestion:First", first))).Errors), StringComparison.Ordinal);

    [Fact]
    public void A_queue_says_by_itself_what_is_first()
    {
        IngestionConfigurationException exception = Assert.Throws<IngestionConfigurationException>(
            () => Check(("Ingestion:First", "7"), ("Ingestion:Source", "RabbitMq"), ("ConnectionStrings:RabbitMq", "amqp://localhost")));

        Assert.Contains("enqueue --urgent", Assert.Single(exception.Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1-10,42")]
    [InlineData("826")]
    [InlineData("")]
    public void What_is_first_may_be_any_part_of_the_IDs(string first) => Check(("Ingestion:First", first));

    [Theory]
    [InlineData("ThreadPool")]
    [InlineData("Pipeline")]
    public void No_cap_is_refused_where_a_number_of_threads_is_needed(string strategy)
    {
        IngestionConfigurationException exception = Assert.Throws<IngestionConfigurationException>(
            () => Check(("Ingestion:Strategy", strategy), ("Ingestion:DegreeOfParallelism", "0")));

        Assert.Contains($"must be at least 1 with the strategy {strategy}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        IngestionConfigurationException exception = Assert.Throws<IngestionConfigurationException>(
            () => Check(("Ingestion:Strategy", "x"), ("Tracing:ItemsPerTrace", "0"), ("Storage:MaxBatchSize", "-5")));

        Assert.Equal(3, exception.Errors.Count);
    }

    [Fact]
    public void The_defaults_are_fine() => Check();

    private static void Check(params (string Key, string Value)[] values) =>
        ConfigurationRules.Check(Resources.Configuration(values));
}
