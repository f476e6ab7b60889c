using System.Text.Json.Serialization;

namespace Ingestion.Items;

/// <summary>What an item is asked for by: an integer of 64 bits, or a text. In JSON a number or a string.</summary>
[JsonConverter(typeof(ItemKeyConverter))]
public readonly record struct ItemKey : IComparable<ItemKey>
{
    /// <summary>The most bytes of a text key in UTF-8: an index of PostgreSQL takes it beside what else is in it.</summary>
    public const int MaxBytes = 2_000;

    private readonly long _number;

    /// <summary>An integer key.</summary>
    public ItemKey(long number) => _number = number;

    /// <summary>A text key.</summary>
    public ItemKey(string text) => Text = text;

    /// <summary>The text; null for an integer key.</summary>
    public string? Text { get; }

    /// <summary>The integer.</summary>
    /// <exception cref="InvalidOperationException">It is a text key.</exception>
    public long Number => Text is null ? _number : throw new InvalidOperationException($"'{Text}' is a text key");

    /// <summary>An integer key.</summary>
    public static implicit operator ItemKey(long number) => new(number);

    /// <summary>A text key.</summary>
    public static implicit operator ItemKey(string text) => new(text);

    /// <summary>Whether one comes before the other.</summary>
    public static bool operator <(ItemKey left, ItemKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether one comes after the other.</summary>
    public static bool operator >(ItemKey left, ItemKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether one does not come after the other.</summary>
    public static bool operator <=(ItemKey left, ItemKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one does not come before the other.</summary>
    public static bool operator >=(ItemKey left, ItemKey right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    /// <remarks>Integers by value, texts by their code points, which is the order of their bytes in UTF-8: the same in every process and in the database, whatever the culture.</remarks>
    public int CompareTo(ItemKey other) => Text is null && other.Text is null ? _number.CompareTo(other._number) : CompareCodePoints(Text, other.Text);

    /// <summary>Why a text cannot be a key; null when it can.</summary>
    public static string? FindProblem(string text) =>
        string.IsNullOrWhiteSpace(text) ? "the ID is empty"
        : System.Text.Encoding.UTF8.GetByteCount(text) is var bytes and > MaxBytes ? string.Create(CultureInfo.InvariantCulture, $"the ID '{Excerpt.Of(text, 40)}' has {bytes:N0} bytes, at most {MaxBytes:N0} are allowed")
        : text.Contains('\0', StringComparison.Ordinal) ? $"the ID '{Excerpt.Of(text, 40)}' has U+0000 in it, which PostgreSQL cannot store"
        : null;

    /// <inheritdoc/>
    public override string ToString() => Text ?? _number.ToString(CultureInfo.InvariantCulture);

    private static int CompareCodePoints(ReadOnlySpan<char> first, ReadOnlySpan<char> second)
    {
        int same = first.CommonPrefixLength(second);
        if (same == first.Length || same == second.Length)
            return first.Length.CompareTo(second.Length);

        // A half of a pair stands for a code point above all that are a single unit, though some of these have higher numbers.
        (char one, char other) = (first[same], second[same]);
        return char.IsSurrogate(one) == char.IsSurrogate(other) ? one.CompareTo(other) : char.IsSurrogate(one) ? 1 : -1;
    }
}
