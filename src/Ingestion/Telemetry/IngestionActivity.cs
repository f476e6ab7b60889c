namespace Ingestion.Telemetry;

/// <summary>The activity source and the names of its spans.</summary>
public static class IngestionActivity
{
    /// <summary>Name of the <see cref="ActivitySource"/> and of the meter.</summary>
    public const string SourceName = "IngestionService";

    /// <summary>The attribute by which the traces of a run are found.</summary>
    public static string RunId => TagNames.RunId;

    internal const string RunStarted = "run started";
    internal const string RunFinished = "run finished";
    internal const string Fetch = "fetch";
    internal const string Delay = "delay";
    internal const string Transform = "transform";
    internal const string Persist = "persist";
    internal const string CommitBatch = "commit batch";

    internal static ActivitySource Source { get; } = new(SourceName, typeof(IngestionActivity).Assembly.GetName().Version?.ToString(3));

    /// <summary>Name of the span that puts messages into a queue.</summary>
    internal static string Publish(string queue) => "publish " + queue;

    /// <summary>Name of the span of an attempt at an item.</summary>
    internal static string Process(string item) => "process " + item;

    /// <summary>Name of the root span of a trace of items.</summary>
    internal static string Root(string strategy) => "ingest " + strategy;
}
