using System.Globalization;

namespace UpstreamSimulator.Http;

/// <summary>What a URL below <c>/api/</c> asks for.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Id">The character for <see cref="ApiQueryKind.One"/> (0: no such ID can exist), the page for <see cref="ApiQueryKind.Page"/>.</param>
/// <param name="Ids">The characters for <see cref="ApiQueryKind.Several"/>: in order, each once.</param>
internal readonly record struct ApiQuery(ApiQueryKind Kind, int Id = 0, int[]? Ids = null)
{
    public const string Root = "/api";
    private const string List = Root + "/character";
    private const string Item = List + "/";

    public static ApiQuery Parse(HttpRequest request)
    {
        string path = request.Path.Value ?? "";
        if (path.Length > Item.Length && path.StartsWith(Item, StringComparison.Ordinal))
            return ParseIds(path.AsSpan(Item.Length).TrimEnd('/'));

        return path switch
        {
            List or Item => new ApiQuery(ApiQueryKind.Page, ParsePage(request.Query["page"])),
            Root or Root + "/" => new ApiQuery(ApiQueryKind.Index),
            _ => new ApiQuery(ApiQueryKind.Nothing),
        };
    }

    private static ApiQuery ParseIds(ReadOnlySpan<char> text)
    {
        if (TryParseId(text, out int id))
            return new ApiQuery(ApiQueryKind.One, id);

        if (text.ContainsAny('[', ']'))
        {
            return text is ['[', .. var inner, ']'] && TryParseList(inner) is { } bracketed
                ? new ApiQuery(ApiQueryKind.Several, Ids: bracketed)
                : new ApiQuery(ApiQueryKind.BadArray);
        }

        return text.Contains(',') && TryParseList(text) is { } ids
            ? new ApiQuery(ApiQueryKind.Several, Ids: ids)
            : new ApiQuery(ApiQueryKind.BadId);
    }

    private static int[]? TryParseList(ReadOnlySpan<char> text)
    {
        var ids = new SortedSet<int>();
        foreach (Range part in text.Split(','))
        {
            if (!TryParseId(text[part].Trim(), out int id))
                return null;
            ids.Add(id);
        }

        return [.. ids];
    }

    // A number too large to be an ID is still a number: there is just no such character.
    private static bool TryParseId(ReadOnlySpan<char> text, out int id)
    {
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out id))
        {
            id = Math.Max(id, 0);
            return true;
        }

        return text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');
    }

    private static int ParsePage(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int page) && page > 0 ? page : 1;
}
