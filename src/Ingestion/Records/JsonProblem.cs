namespace Ingestion.Records;

/// <summary>Words for JSON that is not well formed.</summary>
internal static class JsonProblem
{
    /// <summary>One sentence with what is wrong and the offset of the byte where.</summary>
    public static string Describe(JsonException exception, ReadOnlySpan<byte> json)
    {
        long offset = exception.BytePositionInLine ?? 0;
        for (long line = exception.LineNumber ?? 0; line > 0; line--)
        {
            int length = json.IndexOf((byte)'\n') + 1;
            offset += length;
            json = json[length..];
        }

        // The reader's message ends with the position by line, and begins with what is wrong.
        string message = exception.Message;
        int end = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return $"the body is not JSON: {(end < 0 ? message : message[..end]).TrimEnd('.')}, at byte {offset}";
    }

    /// <summary>Whether this is the beginning of an object or array, with nothing wrong but that its end is missing.</summary>
    public static bool IsCutShort(ReadOnlySpan<byte> json)
    {
        if (json.TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'[', ..])
            return false;

        var reader = new Utf8JsonReader(json, isFinalBlock: false, new JsonReaderState(new JsonReaderOptions { MaxDepth = 2 * RecordReader.MaxDepth }));
        try
        {
            while (reader.Read())
            {
            }
        }
        catch (JsonException)
        {
            return false;
        }

        return reader.CurrentDepth > 0 || reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
    }

    /// <summary>What a token is called in a sentence.</summary>
    public static string NameOf(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };
}
