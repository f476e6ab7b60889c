namespace Ingestion.Items;

/// <summary>What a key may be, wherever it comes from.</summary>
public static class KeyRules
{
    /// <summary>A row of an index has room for it, and an address too.</summary>
    public const int MaxTextBytes = 2000;

    /// <summary>What is allowed, in words.</summary>
    public static string Allowed(bool isText) => isText
        ? $"text of at most {MaxTextBytes} bytes of UTF-8 without control characters and U+FFFD, other than . and .."
        : $"a whole number from {long.MinValue} to {long.MaxValue} without leading zeros";

    /// <summary>The key; null for text that is no key.</summary>
    public static ItemKey? Parse(string text, bool isText)
    {
        if (isText)
            return IsText(text) ? new ItemKey(text) : default(ItemKey?);

        bool isNumber = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == text;
        return isNumber ? new ItemKey(number) : default(ItemKey?);
    }

    /// <summary>What is wrong with a key, in one line; null for one that is allowed.</summary>
    public static string? FindProblem(string text, bool isText) => Parse(text, isText) is null ? $"'{Excerpt.Of(text, 40)}' is not an ID; an ID is {Allowed(isText)}" : null;

    // An address has no place for a dot alone or two: they mean the folder, and the one above, however they are written.
    private static bool IsText(string text) =>
        !string.IsNullOrWhiteSpace(text) && text is not ("." or "..") && text.Length <= MaxTextBytes && Encoding.UTF8.GetByteCount(text) <= MaxTextBytes
        && text.EnumerateRunes().All(rune => !Rune.IsControl(rune) && rune != Rune.ReplacementChar);
}
