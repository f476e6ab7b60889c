namespace Worker.EndToEndTests.Dashboards;

/// <summary>
/// What the rules ask of RabbitMQ, which reports it itself: <c>/metrics/detailed</c> with the families that deploy/prometheus/prometheus.yml names
/// (https://www.rabbitmq.com/docs/prometheus#detailed-endpoint).
/// </summary>
internal static class BrokerMetrics
{
    public static IReadOnlyCollection<string> Names { get; } =
        ["rabbitmq_detailed_queue_consumers", "rabbitmq_detailed_queue_messages", "rabbitmq_detailed_queue_messages_ready"];

    private static readonly string[] Labels = ["queue", "vhost"];

    /// <summary>Whether an expression asks for them alone, and by labels that they have.</summary>
    public static bool AreAllOf(PromQl promQl) =>
        promQl.Selectors.All(selector => Names.Contains(selector.Metric) && selector.Matchers.All(matcher => Labels.Contains(matcher.Label)))
        && promQl.Grouping.All(Labels.Contains);
}
