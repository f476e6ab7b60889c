namespace Ingestion.Records;

/// <summary>
/// Reads one character in one pass over its JSON. What is not what it should be is a rejection, not an exception; fields that are not
/// known are passed over. The text must be valid UTF-8 without escaped halves of surrogate pairs.
/// </summary>
internal ref struct CharacterParser(ReadOnlySpan<byte> json)
{
    private const int MaxDepth = 32;

    // In the order the upstream sends them: the search starts behind the last field found, so it mostly hits at once.
    private static readonly byte[][] Fields =
    [
        "id"u8.ToArray(), "name"u8.ToArray(), "status"u8.ToArray(), "species"u8.ToArray(), "type"u8.ToArray(), "gender"u8.ToArray(),
        "origin"u8.ToArray(), "location"u8.ToArray(), "image"u8.ToArray(), "episode"u8.ToArray(), "url"u8.ToArray(), "created"u8.ToArray(),
    ];

    private static readonly byte[][] PlaceFields = ["name"u8.ToArray(), "url"u8.ToArray()];

    private readonly ReadOnlySpan<byte> _json = json;
    private JsonCursor _cursor = new(json, MaxDepth);

    private int _id;
    private string _name = "", _status = "", _species = "", _type = "", _gender = "", _image = "", _url = "";
    private string _originName = "", _originUrl = "", _locationName = "", _locationUrl = "";
    private int[] _episodeIds = [];
    private DateTimeOffset _created;

    /// <summary>Why <see cref="Parse"/> returned null.</summary>
    public string Rejection { get; private set; } = "";

    /// <summary>The character, or null and a <see cref="Rejection"/>.</summary>
    public Character? Parse()
    {
        try
        {
            if (ReadCharacter())
            {
                return new Character(_id, _name, _status, _species, _type, _gender, _originName, _originUrl, _locationName, _locationUrl,
                    _image, _episodeIds, _url, _created);
            }

            Rejection = _cursor.Problem;
        }
        catch (JsonException exception)
        {
            Rejection = JsonProblem.Describe(exception, _json);
        }

        return null;
    }

    private bool ReadCharacter()
    {
        _cursor.Read();
        if (!_cursor.Expect(JsonTokenType.StartObject, "the body"))
            return false;

        var fields = new JsonFields(Fields);
        while (fields.MoveNext(ref _cursor, out int field))
        {
            if (!ReadField(field))
                return false;
        }

        // Reads behind the object, so that anything but white space there is refused.
        return fields.AreComplete(ref _cursor) && !_cursor.Read();
    }

    private bool ReadField(int field) => field switch
    {
        0 => _cursor.TryGetInt32("id", out _id),
        1 => _cursor.TryGetString("name", out _name),
        2 => _cursor.TryGetString("status", out _status),
        3 => _cursor.TryGetString("species", out _species),
        4 => _cursor.TryGetString("type", out _type),
        5 => _cursor.TryGetString("gender", out _gender),
        6 => ReadPlace("origin", out _originName, out _originUrl),
        7 => ReadPlace("location", out _locationName, out _locationUrl),
        8 => _cursor.TryGetString("image", out _image),
        9 => ReadEpisodes(),
        10 => _cursor.TryGetString("url", out _url),
        _ => _cursor.TryGetTimestamp("created", out _created),
    };

    private bool ReadPlace(string place, out string name, out string url)
    {
        name = url = "";
        if (!_cursor.ExpectField(JsonTokenType.StartObject, place))
            return false;

        _cursor.Scope = place;
        var fields = new JsonFields(PlaceFields);
        while (fields.MoveNext(ref _cursor, out int field))
        {
            if (field == 0 ? !_cursor.TryGetString("name", out name) : !_cursor.TryGetString("url", out url))
                return false;
        }

        if (!fields.AreComplete(ref _cursor))
            return false;

        _cursor.Scope = "";
        return true;
    }

    private bool ReadEpisodes()
    {
        if (!_cursor.ExpectField(JsonTokenType.StartArray, "episode"))
            return false;

        var ids = new List<int>();
        while (_cursor.Read() && _cursor.TokenType != JsonTokenType.EndArray)
        {
            if (!_cursor.TryGetLastSegment("episode", out int id))
                return false;
            ids.Add(id);
        }

        _episodeIds = [.. ids];
        return true;
    }
}
