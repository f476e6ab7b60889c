using System.Text.Unicode;

namespace Ingestion.Records;

/// <summary>
/// Reads an answer in one pass over its JSON: finds the record and its id, checks what is required and that no key comes twice. What is not what it should be is a
/// <see cref="Problem"/>, not an exception. The text must be valid UTF-8, unless records are only told apart, and without escaped halves of surrogate pairs.
/// </summary>
internal ref struct RecordReader
{
    /// <summary>How deep a record may be nested; PostgreSQL allows more.</summary>
    public const int MaxDepth = 256;

    // All keys of an object are remembered, to find duplicates: a record of nothing but keys would take many times its own size.
    private const int MaxKeys = 1_000;

    private readonly ReadOnlySpan<byte> _json;
    private readonly Resource _resource;
    private readonly Shape _shape;
    private readonly bool _isStrict;
    private Utf8JsonReader _reader;

    /// <param name="json">One record and what is around it, or with <paramref name="isStrict"/> false several of them.</param>
    /// <param name="isStrict">Whether anything is checked; otherwise records are only told apart.</param>
    /// <param name="part">The part of the resource's shape that is looked at; null: all of it.</param>
    public RecordReader(ReadOnlySpan<byte> json, Resource resource, bool isStrict, Shape? part = null)
    {
        _json = json;
        _resource = resource;
        _shape = part ?? resource.Shape;
        _isStrict = isStrict;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth + resource.Record.Count + (isStrict ? 0 : 1) });
    }

    /// <summary>Empty, or what is wrong.</summary>
    public string Problem { get; private set; } = "";

    public Range Record { get; private set; }

    /// <summary>The record's id; null before it is read, and for a record without one.</summary>
    public ItemKey? Id { get; private set; }

    /// <summary>Reads the one record, to the end; false when there is a <see cref="Problem"/>.</summary>
    public bool ReadOne()
    {
        try
        {
            _reader.Read();
            // Reads behind the value, so that anything but white space there is refused.
            return ReadValue(_shape) && !_reader.Read();
        }
        catch (JsonException exception)
        {
            return Reject(JsonProblem.Describe(exception, _json));
        }
    }

    /// <summary>Moves to the next element of an array of records, and reads its <see cref="Id"/>; null at the end. Malformed JSON throws.</summary>
    public Range? ReadNext()
    {
        Id = null;
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.StartArray && _reader.CurrentDepth == 0)
            _reader.Read();
        else if (_reader.CurrentDepth == 0 && _reader.TokenType != JsonTokenType.EndArray)
            return End(Reject($"the body is {JsonProblem.NameOf(_reader.TokenType)}, not {JsonProblem.NameOf(JsonTokenType.StartArray)}"));
        if (_reader.TokenType == JsonTokenType.EndArray && _reader.CurrentDepth == 0)
            return End(_reader.Read());

        int start = (int)_reader.TokenStartIndex;
        ReadValue(_shape);
        return start..(int)_reader.BytesConsumed;

        static Range? End(bool _) => null;
    }

    // Recursion is bounded by the reader's depth limit.
    private bool ReadValue(Shape? shape)
    {
        int start = (int)_reader.TokenStartIndex;
        if (shape is not null && !Accept(shape))
            return false;

        bool isRead = _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(shape),
            JsonTokenType.StartArray => ReadArray(shape),
            _ => true,
        };
        if (shape is { IsRecord: true })
            Record = start..(int)_reader.BytesConsumed;
        return isRead;
    }

    private bool ReadObject(Shape? shape)
    {
        ulong seen = 0;
        var others = new KnownKeys();
        for (int expected = 0; _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;)
        {
            int member = shape?.Find(ref _reader, expected) ?? -1;
            if (member >= 0)
            {
                bool isSecond = (seen & (1UL << member)) != 0;
                if (isSecond && _isStrict)
                    return RejectDuplicate(shape);
                seen |= 1UL << member;
                expected = member + 1;
                _reader.Read();
                // The first one counts where records are only told apart: the second is found when the record is read.
                if (!ReadValue(isSecond ? null : shape!.Members[member]))
                    return false;
            }
            else if (_isStrict && others.Count == MaxKeys)
            {
                return Reject($"an object has more than {MaxKeys} keys");
            }
            else if (_isStrict && !others.Add(_json, ref _reader))
            {
                return RejectDuplicate(shape);
            }
            else
            {
                _reader.Read();
                if (!ReadValue(shape: null))
                    return false;
            }
        }

        return IsComplete(shape, seen);
    }

    private bool ReadArray(Shape? shape)
    {
        ulong seen = 0;
        for (int index = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            int member = shape?.Find(index) ?? -1;
            if (member >= 0)
                seen |= 1UL << member;
            if (!ReadValue(member >= 0 ? shape!.Members[member] : null))
                return false;
        }

        return IsComplete(shape, seen);
    }

    private bool IsComplete(Shape? shape, ulong seen)
    {
        int missing = System.Numerics.BitOperations.TrailingZeroCount(~seen);
        return !_isStrict || shape is null || missing >= shape.Members.Count || Reject($"{Name(shape.Members[missing])} is missing");
    }

    private bool Accept(Shape shape)
    {
        JsonTokenType token = _reader.TokenType;
        if (shape.IsId && !ReadId(shape))
            return false;
        if (!_isStrict)
            return true;
        if (shape.Type is { } type && !type.Includes(token))
            return RejectType(shape, type.Token!.Value);

        bool hasMembers = shape.Members.Count == 0 || token == JsonTokenType.StartObject || (token == JsonTokenType.StartArray && shape.MayBeArray);
        return hasMembers || RejectType(shape, JsonTokenType.StartObject);
    }

    private bool ReadId(Shape shape)
    {
        // Where records are only told apart, nobody has looked at their letters: an ID that is not UTF-8 is none.
        bool isString = _reader.TokenType == JsonTokenType.String && Utf8.IsValid(_reader.ValueSpan);
        if (_resource.HasTextKeys)
        {
            if (isString)
                Id = _reader.GetString()!;
            else if (_reader.TokenType == JsonTokenType.Number)
                Id = System.Text.Encoding.UTF8.GetString(_reader.ValueSpan);
            return Id is not null || !_isStrict || RejectType(shape, JsonTokenType.String);
        }

        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out long number))
            Id = number;
        else if (isString)
            Id = KeyRules.Parse(_reader.GetString()!, isText: false);

        return Id is not null || !_isStrict
            || (_reader.TokenType == JsonTokenType.Number ? Reject($"{Name(shape)} is not an integer an ID can be") : RejectType(shape, JsonTokenType.Number));
    }

    private bool RejectType(Shape shape, JsonTokenType wanted) => Reject($"{Name(shape)} is {JsonProblem.NameOf(_reader.TokenType)}, not {JsonProblem.NameOf(wanted)}");

    private bool RejectDuplicate(Shape? shape) =>
        Reject($"the key '{(shape is null or { Path: "" } ? "" : shape.Path + ".")}{Excerpt.Of(_reader.GetString(), 40)}' comes twice");

    private readonly string Name(Shape shape) => shape.Path.Length > 0 ? $"'{shape.Path}'" : shape.IsRecord && _resource.Record.Count > 0 ? $"'{string.Join('.', _resource.Record)}'" : "the body";

    private bool Reject(string problem)
    {
        Problem = problem;
        return false;
    }
}
