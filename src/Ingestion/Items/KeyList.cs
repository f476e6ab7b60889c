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
        IReadOnlyCollection<string> texts = [];
        IdRanges? ranges = null;
        error = null;
        if (!isText)
            _ = IdRanges.TryParse(text, out ranges, out error);
        else if ((texts = [.. Split(text).Distinct(StringComparer.Ordinal)]).Count == 0)
            error = "is neither texts with commas between them nor a JSON array of strings";
        else
            error = texts.Select(key => KeyRules.FindProblem(key, isText)).FirstOrDefault(problem => problem is not null);

        long count = ranges?.Count ?? texts.Count;
        if (error is null && count > MaxKeys)
            error = string.Create(CultureInfo.InvariantCulture, $"has {count:N0} IDs; at most {MaxKeys:N0} are allowed");
        return error is not null ? null : ranges is not null ? [.. ranges.Select(id => new ItemKey(id))] : [.. texts.Select(key => new ItemKey(key))];
    }

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
