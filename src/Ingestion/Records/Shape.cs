namespace Ingestion.Records;

/// <summary>What an answer must have at a place in it, and below that. Built once from the pointers of a resource; then only read.</summary>
internal sealed class Shape
{
    /// <summary>The most members of one object that may be required.</summary>
    public const int MaxMembers = 64;

    private readonly List<Shape> _members = [];
    private readonly byte[] _key;
    private readonly int _index;

    private Shape(string name, string path)
    {
        _key = Encoding.UTF8.GetBytes(name);
        _index = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1;
        Path = path;
    }

    /// <summary>The way to it in messages, <c>origin.name</c>: from the record, or from the body for what is around the record. Empty for either.</summary>
    public string Path { get; }

    /// <summary>The members it must have, in the order their absence is told.</summary>
    public IReadOnlyList<Shape> Members => _members;

    public bool IsRecord { get; private init; }

    public bool IsId { get; private set; }

    /// <summary>A type of <see cref="JsonType.All"/>; null: an object, or whatever has the members.</summary>
    public JsonType? Type { get; private set; }

    public static Shape Of(IReadOnlyList<string> record, IReadOnlyList<string>? id, IEnumerable<(string[] Pointer, JsonType Type)> required)
    {
        var root = new Shape("", "") { IsRecord = record.Count == 0 };
        Shape found = root;
        for (int i = 0; i < record.Count; i++)
        {
            var inner = new Shape(record[i], i == record.Count - 1 ? "" : string.Join('.', record.Take(i + 1))) { IsRecord = i == record.Count - 1 };
            found._members.Add(inner);
            found = inner;
        }

        if (id is not null)
            found.Get(id).IsId = true;
        foreach ((string[] pointer, JsonType type) in required)
            found.Get(pointer).Type = type;
        return root;
    }

    /// <summary>The place of the member with the key the reader is at, -1 when it is none. Members mostly come in the order they are looked for.</summary>
    public int Find(ref Utf8JsonReader reader, int expected)
    {
        for (int i = 0; i < _members.Count; i++)
        {
            int place = (expected + i) % _members.Count;
            if (reader.ValueTextEquals(_members[place]._key))
                return place;
        }

        return -1;
    }

    /// <summary>The place of the member at an index of an array, -1 when it is none.</summary>
    public int Find(int index)
    {
        int place = _members.Count - 1;
        while (place >= 0 && _members[place]._index != index)
            place--;
        return place;
    }

    /// <summary>Whether what it needs may be in an array.</summary>
    public bool MayBeArray => Type is { Token: JsonTokenType.StartArray } || (Type is null && !IsId && _members.TrueForAll(member => member._index >= 0));

    private Shape Get(IEnumerable<string> pointer)
    {
        Shape place = this;
        foreach (string name in pointer)
        {
            Shape? member = place._members.Find(known => known._key.AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(name)));
            if (member is null)
                place._members.Add(member = new Shape(name, place.Path.Length == 0 ? name : $"{place.Path}.{name}"));
            place = member;
        }

        return place;
    }
}
