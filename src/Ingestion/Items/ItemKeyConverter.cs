using System.Text.Json.Serialization;

namespace Ingestion.Items;

/// <summary>Writes a key as a number or a string, and reads both.</summary>
public sealed class ItemKeyConverter : JsonConverter<ItemKey>
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
