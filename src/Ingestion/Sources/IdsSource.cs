using System.Security.Cryptography;

namespace Ingestion.Sources;

/// <summary>Delivers a configured set of IDs, ascending. The committed outcome is all it needs: there is nothing to settle.</summary>
internal sealed class IdsSource(IdRanges ids) : IItemSource
{
    private const int MaxNameLength = 200;

    public Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(new SourceDescription(NameOf(ids), ids.Count) { IsAscending = true });

    public IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading) =>
        ids.TakeWhile(_ => !stopReading.IsCancellationRequested).Select(id => new SourceItem(id)).ToAsyncEnumerable();

    // The canonical form, so that two spellings of the same work are the same work. A long list is told from others by its hash.
    private static string NameOf(IdRanges ids)
    {
        string name = $"ids:{ids}";
        if (name.Length <= MaxNameLength)
            return name;

        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(name)).AsSpan(0, 8));
        int end = name.LastIndexOf(',', MaxNameLength - hash.Length - 2);
        return $"{name[..end]},…{hash}";
    }
}
