using System.Runtime.InteropServices;

namespace Ingestion.Records;

/// <summary>
/// JSON can spell what PostgreSQL's <c>text</c> and <c>jsonb</c> refuse: U+0000 and halves of surrogate pairs
/// (https://www.postgresql.org/docs/current/datatype-json.html). Both become U+FFFD.
/// </summary>
internal static class UnstorableEscapes
{
    private const int EscapeLength = 6;

    /// <summary>
    /// The same JSON with the offending escapes replaced; the same memory if there are none. In well-formed JSON a backslash stands
    /// only in strings, so no parsing is needed to find them, in values and keys alike.
    /// </summary>
    public static ReadOnlyMemory<byte> Replace(ReadOnlyMemory<byte> json, out bool replaced)
    {
        replaced = false;
        int position = json.Span.IndexOf((byte)'\\');
        while (position >= 0)
        {
            ReadOnlySpan<byte> rest = json.Span[position..];
            int length = EscapeAt(rest, out bool isUnstorable);
            if (isUnstorable)
            {
                if (!replaced)
                    json = json.ToArray();
                replaced = true;
                @"\ufffd"u8.CopyTo(MemoryMarshal.AsMemory(json).Span[position..]);
            }

            position += length;
            int next = position < json.Length ? json.Span[position..].IndexOf((byte)'\\') : -1;
            position = next < 0 ? -1 : position + next;
        }

        return json;
    }

    /// <summary>How long the escape (or whole surrogate pair) is that starts here.</summary>
    private static int EscapeAt(ReadOnlySpan<byte> text, out bool isUnstorable)
    {
        isUnstorable = false;
        if (!TryReadCodeUnit(text, out char unit))
            return 2;

        if (char.IsHighSurrogate(unit) && TryReadCodeUnit(text[EscapeLength..], out char second) && char.IsLowSurrogate(second))
            return 2 * EscapeLength;

        isUnstorable = unit == '\0' || char.IsSurrogate(unit);
        return EscapeLength;
    }

    private static bool TryReadCodeUnit(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (text.Length < EscapeLength || text[0] != '\\' || text[1] != 'u'
            || !ushort.TryParse(text[2..EscapeLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
            return false;

        unit = (char)value;
        return true;
    }
}
