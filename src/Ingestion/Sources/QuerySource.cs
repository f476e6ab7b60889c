using System.Security.Cryptography;

namespace Ingestion.Sources;

/// <summary>Delivers the keys that a query over the database yields. The same query is the same work.</summary>
internal sealed class QuerySource(IKeyQuery keys, string query) : PagedSource
{
    private const int MaxNameLength = 150;

    public override async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        string hash = query.Length > MaxNameLength ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(query)).AsSpan(0, 8)) : "";
        return new SourceDescription($"query:{Excerpt.Of(query, MaxNameLength)}{hash}", await keys.CountAsync(query, cancellationToken)) { IsEstimate = true };
    }

    protected override Task<IReadOnlyList<ItemKey>> ListAsync(ItemKey? after, int limit, CancellationToken cancellationToken) => keys.ListAsync(query, after, limit, cancellationToken);
}
