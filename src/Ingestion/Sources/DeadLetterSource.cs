namespace Ingestion.Sources;

/// <summary>Delivers the dead letters. Another run may resolve some of them first. There is nothing to settle: the writer resolves a failure together with its new outcome.</summary>
internal sealed class DeadLetterSource(IDeadLetterIds deadLetters, DeadLetterFilter filter) : PagedSource
{
    public override async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) =>
        new(DeadLetterFilter.SourceName, await deadLetters.CountAsync(filter, cancellationToken), IsRedrive: true);

    protected override Task<IReadOnlyList<ItemKey>> ListAsync(ItemKey? after, int limit, CancellationToken cancellationToken) => deadLetters.ListAsync(filter, after, limit, cancellationToken);
}
