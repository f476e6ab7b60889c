namespace Ingestion.Sources;

/// <summary>
/// Notices that pages come round again, in the memory of a single page: R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980. The page that others are compared with is replaced
/// after 1, 2, 4, 8 … more of them.
/// </summary>
internal sealed class PageCycle
{
    /// <summary>Records that come and go may shift a page by its own length now and then.</summary>
    private const int MaxAlike = 2;

    private const int MaxEmpty = 1000;

    private CatalogPage? _kept;
    private long _distance;
    private long _power = 1;
    private int _alike;
    private int _empty;

    /// <summary>Takes the next page; what shows the circle, or null.</summary>
    public string? Find(CatalogPage page)
    {
        _empty = page.Keys.Count == 0 ? _empty + 1 : 0;
        if (page.Next == _kept?.Next)
            return $"{page.Next!.GetLeftPart(UriPartial.Path)} was named as the next page before, with the same query";
        if (_empty > MaxEmpty)
            return $"more than {MaxEmpty} pages in a row have no IDs";
        if (_empty == 0 && _kept is not null && page.Keys.SequenceEqual(_kept.Keys) && ++_alike > MaxAlike)
            return $"the page that begins with {page.Keys[0]} comes again and again";

        if (++_distance == _power)
            (_kept, _distance, _power) = (page, 0, _power * 2);
        return null;
    }
}
