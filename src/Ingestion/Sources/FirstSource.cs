namespace Ingestion.Sources;

/// <summary>
/// Delivers some keys of another source before the rest of it: they are known, so nobody waits until the source comes to them. When it does, they are left out.
/// </summary>
internal sealed class FirstSource(IItemSource source, IReadOnlyList<ItemKey> first, ILogger<FirstSource> logger) : IItemSource
{
    private const int MaxNamed = 5;

    /// <summary>What the source has may change until the next run. Then it is no mistake of whoever set the keys.</summary>
    private bool _isChecked;

    public bool HasEnd => source.HasEnd;

    public bool HasUrgent => true;

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        SourceDescription description = await source.DescribeAsync(cancellationToken);
        if (!_isChecked && await source.FindMissingAsync(first, cancellationToken) is { } missing)
            throw new IngestionConfigurationException($"Ingestion:First has {Excerpt.Of(missing.ToString(), 40)}, which is not in {description.Name}; take it out, or add it there");

        _isChecked = true;
        return description;
    }

    public async IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, [EnumeratorCancellation] CancellationToken stopReading)
    {
        foreach (ItemKey key in first)
        {
            if (stopReading.IsCancellationRequested)
                yield break;
            yield return new SourceItem(key, IsUrgent: true);
        }

        HashSet<ItemKey> keys = [.. first];
        HashSet<ItemKey> notMet = [.. first];
        await foreach (SourceItem item in source.ReadAsync(description, stopReading))
        {
            if (!keys.Contains(item.Key))
                yield return item;
            else
                notMet.Remove(item.Key);
        }

        if (notMet.Count > 0 && !stopReading.IsCancellationRequested)
            logger.FirstNotInSource(notMet.Count, description.Name, string.Join(", ", notMet.Take(MaxNamed).Select(key => Excerpt.Of(key.ToString(), 40))));
    }

    public ValueTask SettleAsync(SourceItem item, Outcome outcome, string? reason) => source.SettleAsync(item, outcome, reason);

    public ValueTask EndAsync() => source.EndAsync();
}
