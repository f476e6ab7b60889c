using System.Text.Json.Serialization;

namespace Ingestion.Items;

/// <summary>What an item is asked for by: an integer of 64 bits, or a text. In JSON a number or a string.</summary>
[JsonConverter(typeof(ItemKeyConverter))]
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
    /// <remarks>Integers by value, texts by their UTF-16 code units: the same order in every process, whatever the culture.</remarks>
    public int CompareTo(ItemKey other) => Text is null && other.Text is null ? _number.CompareTo(other._number) : string.CompareOrdinal(Text, other.Text);

    /// <inheritdoc/>
    public override string ToString() => Text ?? _number.ToString(CultureInfo.InvariantCulture);
}
