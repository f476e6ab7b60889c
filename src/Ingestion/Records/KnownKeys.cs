namespace Ingestion.Records;

/// <summary>The keys of an object so far, to find one that comes twice. A few plain ones are remembered as places in the JSON, which costs no memory.</summary>
internal struct KnownKeys
{
    private const int Few = 16;

    private Places _places;
    private int _count;
    private HashSet<string>? _many;

    public readonly int Count => _many?.Count ?? _count;

    /// <summary>Adds the key the reader is at; false if it was there.</summary>
    public bool Add(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        if (_many is null && (reader.ValueIsEscaped || _count == Few))
        {
            _many = new HashSet<string>(StringComparer.Ordinal);
            foreach ((int start, int length) in ((ReadOnlySpan<(int, int)>)_places)[.._count])
                _many.Add(Encoding.UTF8.GetString(json.Slice(start, length)));
        }

        if (_many is not null)
            return _many.Add(reader.GetString()!);

        ReadOnlySpan<byte> key = reader.ValueSpan;
        foreach ((int start, int length) in ((ReadOnlySpan<(int, int)>)_places)[.._count])
        {
            if (length == key.Length && json.Slice(start, length).SequenceEqual(key))
                return false;
        }

        _places[_count++] = ((int)reader.TokenStartIndex + 1, key.Length);
        return true;
    }

    [InlineArray(Few)]
    private struct Places
    {
        private (int Start, int Length) _first;
    }
}
