using Microsoft.AspNetCore.Http.Features;
using UpstreamSimulator.Records;

namespace UpstreamSimulator.Http;

/// <summary>What a request asks for.</summary>
/// <param name="Id">The record's number for <see cref="ApiQueryKind.One"/> (-1 or 0: no such record can exist), the page for <see cref="ApiQueryKind.Page"/>.</param>
/// <param name="Ids">The records' numbers for <see cref="ApiQueryKind.Several"/>: in order, each once.</param>
internal readonly record struct ApiQuery(ApiQueryKind Kind, Collection? Collection = null, int Id = 0, int[]? Ids = null)
{
    public const string Root = "/api";
    public const string TokenPath = "/oauth/token";

    public static ApiQuery Parse(HttpRequest request)
    {
        string path = request.Path.Value ?? "";
        foreach (Collection collection in Collection.All)
        {
            if (path.StartsWith(collection.Path, StringComparison.Ordinal))
                return Parse(collection, path.AsSpan(collection.Path.Length), request) with { Collection = collection };
        }

        return new ApiQuery(path switch
        {
            Root or Root + "/" => ApiQueryKind.Index,
            TokenPath => ApiQueryKind.Token,
            _ => ApiQueryKind.Nothing,
        });
    }

    private static ApiQuery Parse(Collection collection, ReadOnlySpan<char> rest, HttpRequest request)
    {
        bool isPublic = collection.KeyOf is null;
        return rest switch
        {
            "" or "/" when isPublic || collection.HasGaps => new ApiQuery(ApiQueryKind.Page, Id: ParsePage(request.Query["page"])),
            ['/', _, ..] when isPublic => ParseIds(rest[1..].TrimEnd('/')),
            ['/', _, ..] => new ApiQuery(ApiQueryKind.One, Id: collection.NumberOf(RawKey(collection, request))),
            _ => new ApiQuery(ApiQueryKind.Nothing),
        };
    }

    // As it was sent: the path that Kestrel has decoded does not tell a slash in a key from one between segments.
    private static string RawKey(Collection collection, HttpRequest request)
    {
        string key = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0][(collection.Path.Length + 1)..];
        return key.Contains('/') ? "" : Uri.UnescapeDataString(key);
    }

    private static ApiQuery ParseIds(ReadOnlySpan<char> text)
    {
        if (TryParseId(text, out int id))
            return new ApiQuery(ApiQueryKind.One, Id: id);

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
