namespace Ingestion.Upstream;

/// <summary>What one HTTP attempt asks for.</summary>
/// <param name="Key">The item; of several the first.</param>
/// <param name="TimeLeft">The attempt ends after that, or after <c>Upstream:AttemptTimeout</c> if that is shorter.</param>
internal readonly record struct FetchRequest(ItemKey Key, TimeSpan TimeLeft)
{
    /// <summary>All items, where the request is for several: then the body is an array of those that exist. Null for one alone.</summary>
    public IReadOnlyList<ItemKey>? Several { get; init; }

    /// <summary>The record of one item is fetched only if it has another tag by now; null: in any case.</summary>
    public string? EntityTag { get; init; }

    public int Count => Several?.Count ?? 1;
}
