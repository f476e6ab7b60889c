using System.Buffers.Text;
using System.Text;
using Ingestion.Items;

namespace Ingestion.Records;

/// <summary>A JSON reader that turns a value of the wrong shape into a <see cref="Problem"/>. Malformed JSON still throws.</summary>
internal ref struct JsonCursor(ReadOnlySpan<byte> json, int maxDepth)
{
    // All keys of an object are remembered, to find duplicates: a record of nothing but keys would take many times its own size.
    private const int MaxKeys = 1_000;

    private Utf8JsonReader _reader = new(json, new JsonReaderOptions { MaxDepth = maxDepth });

    /// <summary>Empty, or what is wrong.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Stands before the names of fields in problems: <c>origin</c>, or nothing.</summary>
    public string Scope { get; set; } = "";

    private readonly string Prefix => Scope.Length == 0 ? "" : Scope + ".";

    public readonly JsonTokenType TokenType => _reader.TokenType;

    public bool Read() => _reader.Read();

    public bool TryReadKey() => _reader.Read() && _reader.TokenType == JsonTokenType.PropertyName;

    public readonly bool IsKey(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    public bool Expect(JsonTokenType type, string what) =>
        _reader.TokenType == type || Reject($"{what} is {JsonProblem.NameOf(_reader.TokenType)}, not {JsonProblem.NameOf(type)}");

    public bool TryGetString(string field, out string value)
    {
        bool isString = ExpectField(JsonTokenType.String, field);
        value = isString ? _reader.GetString()! : "";
        return isString;
    }

    public bool TryGetInt32(string field, out int value)
    {
        value = 0;
        return ExpectField(JsonTokenType.Number, field) && (_reader.TryGetInt32(out value) || RejectField(field, "is not an integer an ID can be"));
    }

    /// <summary>ISO 8601; a time without an offset is UTC, never the machine's local time.</summary>
    public bool TryGetTimestamp(string field, out DateTimeOffset value)
    {
        value = default;
        if (!ExpectField(JsonTokenType.String, field))
            return false;

        if (_reader.TryGetDateTime(out DateTime time) && time.Kind == DateTimeKind.Unspecified)
            value = new DateTimeOffset(time, TimeSpan.Zero);
        else if (_reader.TryGetDateTimeOffset(out DateTimeOffset withOffset))
            value = withOffset.ToUniversalTime();
        else
            return RejectField(field, "is not an ISO 8601 time");

        // The first and the last instant there are would be stored as infinity.
        return (value > DateTimeOffset.MinValue && value < DateTimeOffset.MaxValue) || RejectField(field, "is not a time that can be stored");
    }

    /// <summary>The number a URL ends with: 28 for <c>https://…/api/episode/28</c>.</summary>
    public bool TryGetLastSegment(string field, out int number)
    {
        number = 0;
        if (_reader.TokenType != JsonTokenType.String)
            return RejectField(field, $"contains {JsonProblem.NameOf(_reader.TokenType)}, not only URLs");

        ReadOnlySpan<byte> url = _reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(_reader.GetString()!) : _reader.ValueSpan;
        ReadOnlySpan<byte> segment = url[(url.LastIndexOf((byte)'/') + 1)..];
        return (segment.Length < url.Length && segment.Length > 0 && char.IsAsciiDigit((char)segment[0])
                && Utf8Parser.TryParse(segment, out number, out int length) && length == segment.Length)
            || RejectField(field, "contains something that is not a URL ending with an episode's number");
    }

    /// <summary>Passes over the value behind the current key, whatever it is.</summary>
    public bool SkipValue() => _reader.Read() && SkipCurrent();

    /// <summary>Remembers the current key among its siblings; a second one of that name is a problem, and so are too many.</summary>
    public bool TryAddKey(HashSet<string> siblings) => siblings.Count < MaxKeys
        ? siblings.Add(_reader.GetString()!) || RejectDuplicate()
        : Reject($"an object has more than {MaxKeys} keys");

    public bool RejectDuplicate() => Reject($"the key '{Prefix}{Excerpt.Of(_reader.GetString(), 40)}' comes twice");

    public bool Reject(ReadOnlySpan<byte> field, string problem) => RejectField(Encoding.UTF8.GetString(field), problem);

    public bool ExpectField(JsonTokenType type, string field) =>
        _reader.TokenType == type || RejectField(field, $"is {JsonProblem.NameOf(_reader.TokenType)}, not {JsonProblem.NameOf(type)}");

    private bool RejectField(string field, string problem) => Reject($"'{Prefix}{field}' {problem}");

    private bool Reject(string problem)
    {
        Problem = problem;
        return false;
    }

    // Recursion is bounded by the reader's depth limit.
    private bool SkipCurrent()
    {
        if (_reader.TokenType == JsonTokenType.StartArray)
        {
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                if (!SkipCurrent())
                    return false;
            }
        }
        else if (_reader.TokenType == JsonTokenType.StartObject)
        {
            var keys = new HashSet<string>(StringComparer.Ordinal);
            while (TryReadKey())
            {
                if (!TryAddKey(keys) || !SkipValue())
                    return false;
            }
        }

        return true;
    }
}
