namespace Ingestion.Items;

/// <summary>
/// A few keys in one text: integers as ranges and single IDs, such as <c>1-10,42</c>; texts with commas between them, such as <c>A-100,B 7</c>, or where one has a comma itself as a JSON array of strings.
/// </summary>
internal static class KeyList
{
    /// <summary>They are held in memory.</summary>
    public const int MaxKeys = 100_000;

    /// <summary>The keys, each once, or null and what is wrong.</summary>
    public static IReadOnlyList<ItemKey>? Parse(string text, bool isText, out string? error)
    {
        if (isText)
            return ParseTexts([.. Split(text).Distinct(StringComparer.Ordinal)], out error);
        if (!IdRanges.TryParse(text, out IdRanges? ranges, out error) || (error = FindExcess(ranges.Count)) is not null)
            return null;

        return [.. ranges.Select(id => new ItemKey(id))];
    }

    private static ItemKey[]? ParseTexts(string[] texts, out string? error)
    {
        error = texts.Length == 0
            ? "is neither texts with commas between them nor a JSON array of strings"
            : texts.Select(key => KeyRules.FindProblem(key, isText: true)).FirstOrDefault(problem => problem is not null) ?? FindExcess(texts.Length);
        return error is null ? Array.ConvertAll(texts, key => new ItemKey(key)) : null;
    }

    private static string? FindExcess(long count) =>
        count > MaxKeys ? string.Create(CultureInfo.InvariantCulture, $"has {count:N0} IDs; at most {MaxKeys:N0} are allowed") : null;

    /// <summary>None when it looks like an array, but is no array of strings.</summary>
    private static string[] Split(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith('['))
            return text.Split(',', StringSplitOptions.TrimEntries);

        try
        {
            using JsonDocument list = JsonDocument.Parse(text);
            JsonElement[] keys = [.. list.RootElement.EnumerateArray()];
            return Array.TrueForAll(keys, key => key.ValueKind == JsonValueKind.String) ? Array.ConvertAll(keys, key => key.GetString()!) : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}
