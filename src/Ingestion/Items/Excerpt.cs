namespace Ingestion.Items;

/// <summary>Makes text from elsewhere fit for a one-line message: short, and without what does not print.</summary>
internal static class Excerpt
{
    /// <summary>The longest reason that is stored or logged, in UTF-16 units.</summary>
    public const int MaxLength = 200;

    /// <summary>The text, cut to <paramref name="maxLength"/> UTF-16 units with an ellipsis; what would not print stands as a space.</summary>
    public static string Of(ReadOnlySpan<char> text, int maxLength = MaxLength)
    {
        bool isCut = text.Length > maxLength;
        if (isCut)
            text = text[..(maxLength - 1)];

        var excerpt = new StringBuilder(text.Length + 1);
        Span<char> units = stackalloc char[2];
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsPrintable(rune))
                excerpt.Append(units[..rune.EncodeToUtf16(units)]);
            else
                excerpt.Append(' ');
        }

        if (isCut)
            excerpt.Append('…');
        return excerpt.ToString();
    }

    // What formats text could turn a terminal's line around; line and paragraph separators could break it. A half of a surrogate pair
    // has become U+FFFD by now.
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or
        UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
