namespace Ingestion.Records;

/// <summary>The list of all records of a resource.</summary>
/// <param name="Path">A page, below the root of the API, perhaps with a <see cref="Place"/>.</param>
/// <param name="Ids">The way to the IDs on a page, where <see cref="Each"/> stands for every element of an array; null: pages do not tell them.</param>
/// <param name="Next">The way to the next page: to a link, or to what takes the place in the path; null: there is one page.</param>
/// <param name="Count">The way to the number of records; null: pages do not tell it.</param>
internal sealed record ResourceCatalog(string Path, IReadOnlyList<string>? Ids, IReadOnlyList<string>? Next, IReadOnlyList<string>? Count)
{
    /// <summary>Stands for the value of a parameter by which a page is asked for, such as its number.</summary>
    public const string Place = "{next}";

    /// <summary>Stands for every element of an array.</summary>
    public const string Each = "*";

    /// <summary>Whether the next page is named by a number or a token; otherwise it is by a link.</summary>
    public bool HasPlace => Path.Contains(Place, StringComparison.Ordinal);

    /// <summary>Whether a path is below the root, and has nothing in braces but perhaps the place, once, where a parameter has its value.</summary>
    public static bool IsPath(string path) =>
        ResourcePath.IsRelative(path) && path.Split(Place) is { Length: <= 2 } parts && !parts.Any(part => part.AsSpan().ContainsAny('{', '}'))
        && (parts.Length == 1 || (parts[0].Contains('?', StringComparison.Ordinal) && parts[0].EndsWith('=') && parts[1] is "" or ['&', ..]));

    /// <summary>The path of the page with this token; of the first one, without the parameter, when it is null.</summary>
    public string PathOf(string? token)
    {
        if (token is not null || !HasPlace)
            return Path.Replace(Place, Uri.EscapeDataString(token ?? ""), StringComparison.Ordinal);

        string[] parts = Path.Split('?', 2);
        return $"{parts[0]}?{string.Join('&', parts[1].Split('&').Where(parameter => !parameter.EndsWith(Place, StringComparison.Ordinal)))}".TrimEnd('?');
    }
}
