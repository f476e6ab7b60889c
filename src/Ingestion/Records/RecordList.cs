using System.Runtime.InteropServices;

namespace Ingestion.Records;

/// <summary>The records of an answer for several items, each still as it came. Only their IDs have been read.</summary>
internal sealed class RecordList
{
    private readonly Dictionary<ItemKey, ReadOnlyMemory<byte>?> _records = [];
    private bool _hasStranger;

    /// <summary>Why it cannot be taken apart; null if it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Takes an array apart. Never throws.</summary>
    public static RecordList Split(Resource resource, ReadOnlyMemory<byte> json)
    {
        var list = new RecordList();
        // Half of a surrogate pair in a key could not be compared. What replaces it is as long, so that the records can be cut out of what came.
        ReadOnlySpan<byte> text = UnstorableEscapes.Replace(json, out _).Span;
        try
        {
            var reader = new RecordReader(text, resource, isStrict: false);
            while (reader.ReadNext() is { } element)
                list.Add(reader.Id, json[element]);
            list.Problem = reader.Problem.Length > 0 ? reader.Problem : null;
        }
        catch (JsonException exception)
        {
            list.Problem = JsonProblem.Describe(exception, json.Span);
        }

        return list;
    }

    /// <summary>The record with this ID; null when there is none, or more than one.</summary>
    public ReadOnlyMemory<byte>? Find(ItemKey id) => _records.GetValueOrDefault(id);

    /// <summary>Whether every record has an ID, which comes once and is one of these.</summary>
    public bool AllAreOf(IEnumerable<ItemKey> ids) => !_hasStranger && !_records.ContainsValue(null) && _records.Keys.All(ids.ToHashSet().Contains);

    private void Add(ItemKey? id, ReadOnlyMemory<byte> record)
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
}
