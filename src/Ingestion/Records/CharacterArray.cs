using System.Runtime.InteropServices;

namespace Ingestion.Records;

/// <summary>The records of an answer for several characters, each still as it came. Only their IDs have been read.</summary>
internal sealed class CharacterArray
{
    private const int MaxDepth = 64;

    private readonly Dictionary<int, ReadOnlyMemory<byte>?> _records = [];
    private bool _hasStranger;

    private CharacterArray(string? problem) => Problem = problem;

    /// <summary>Why it cannot be taken apart; null if it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Takes an array apart. Never throws.</summary>
    public static CharacterArray Split(ReadOnlyMemory<byte> json)
    {
        var array = new CharacterArray(problem: null);
        try
        {
            array.Read(json);
        }
        catch (JsonException exception)
        {
            array.Problem = JsonProblem.Describe(exception, json.Span);
        }

        return array;
    }

    /// <summary>The record with this ID; null when there is none, or more than one.</summary>
    public ReadOnlyMemory<byte>? Find(int id) => _records.GetValueOrDefault(id);

    /// <summary>Whether every record has an ID, which comes once and is one of these.</summary>
    public bool AllAreOf(IEnumerable<int> ids) => !_hasStranger && !_records.ContainsValue(null) && _records.Keys.All(ids.ToHashSet().Contains);

    private void Read(ReadOnlyMemory<byte> json)
    {
        // Half of a surrogate pair in a key could not be compared. What replaces it is as long, so that the records can be cut out of what came.
        var reader = new Utf8JsonReader(UnstorableEscapes.Replace(json, out _).Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Problem = $"the body is {JsonProblem.NameOf(reader.TokenType)}, not {JsonProblem.NameOf(JsonTokenType.StartArray)}";
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int start = (int)reader.TokenStartIndex;
            int? id = ReadRecord(ref reader);
            Add(id, json[start..(int)reader.BytesConsumed]);
        }

        // Anything but white space behind the array throws.
        reader.Read();
    }

    private void Add(int? id, ReadOnlyMemory<byte> record)
    {
        if (id is not { } known)
        {
            _hasStranger = true;
            return;
        }

        ref ReadOnlyMemory<byte>? place = ref CollectionsMarshal.GetValueRefOrAddDefault(_records, known, out bool isSecond);
        if (isSecond)
            place = null;
        else
            place = record;
    }

    /// <summary>Reads to the end of a record, and returns its ID if it has one.</summary>
    private static int? ReadRecord(ref Utf8JsonReader reader)
    {
        int? id = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isId && id is null && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int value))
                id = value;
            reader.Skip();
        }

        return id;
    }
}
