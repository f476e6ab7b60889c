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
