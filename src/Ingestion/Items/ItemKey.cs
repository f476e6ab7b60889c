using System.Text.Json.Serialization;

namespace Ingestion.Items;

/// <summary>What an item is asked for by: an integer of 64 bits, or a text. In JSON a number or a string.</summary>
[JsonConverter(typeof(Converter))]
public readonly record struct ItemKey : IComparable<ItemKey>
{
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

    /// <summary>Writes a key as a number or a string, and reads both.</summary>
    public sealed class Converter : JsonConverter<ItemKey>
    {
        /// <inheritdoc/>
        public override ItemKey Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String ? reader.GetString()! : new ItemKey(reader.GetInt64());

        /// <inheritdoc/>
        public override void Write(Utf8JsonWriter writer, ItemKey value, JsonSerializerOptions options)
        {
            if (value.Text is { } text)
                writer.WriteStringValue(text);
            else
                writer.WriteNumberValue(value.Number);
        }
    }
}
