using Ingestion.Characters;

namespace Ingestion.Sources;

/// <summary>Where the IDs of a run come from, and who hears when one is done.</summary>
internal interface IItemSource
{
    /// <summary>Finds out what this source will deliver. Called once, before a run opens.</summary>
    Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Delivers the IDs, one by one, as fast as they are taken. Ends early when <paramref name="stopReading"/> fires.</summary>
    IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading);

    /// <summary>Called once per item, after its outcome is committed.</summary>
    ValueTask SettleAsync(SourceItem item, Outcome outcome);
}
