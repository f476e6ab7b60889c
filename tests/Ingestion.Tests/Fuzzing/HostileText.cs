using System.Globalization;
using System.Text;
using Ingestion.Tests.Records;

namespace Ingestion.Tests.Fuzzing;

/// <summary>Makes bytes that a reader of JSON would rather not see. The same number always makes the same bytes.</summary>
/// <param name="seed">The number.</param>
internal sealed class HostileText(int seed)
{
    private const int MaxLength = 4_000;

    private static readonly string[] Keys =
    [
        "id", "name", "status", "species", "type", "gender", "origin", "location", "image", "episode", "url", "created",
        "info", "count", "version", "ids", "job", "requested", "x", "", "\\u0069d", "\\u0069nf\\u006f", "id\\ud800", "\\ud800", "\\udc00\\ud800", "ve\\u0072sion",
        "\\ud83d\\ude00", "\\u0000", "a\\\\\\\"b", "é", "j\\u006fb", "i\\u0064s",
    ];

    private static readonly string[] Words =
    [
        "", "x", "Rick", "1", "1-10,42", "7-3", "0", "-1", "2147483648", "1,,2", " 1 ", "99999999999999999999", "https://x/episode/28", "/", "//1/", "/2147483648", "2017-11-04T18:48:46.250Z",
        "0001-01-01", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00+14:00", "2017-02-30", "\\u0032017-11-04", "d3b07384-d9a0-4c9b-8f3e-0123456789ab", "\\u0064\\ud8003b07384",
        "{d3b07384-d9a0-4c9b-8f3e-0123456789ab}", "\\ud800", "\\udfff", "\\uD83D\\uDE00", "\\uD83D\\u0041", "\\ud83d\\ud83d\\ude00", "\\u0000", "\\n\\t\\b\\/", "\\u12", "\\x", "\\", "\u0001", "é😀\u202e", "\ufffe",
    ];

    private static readonly string[] Numbers =
        ["0", "1", "7", "-7", "1.5", "7e0", "7.0", "1e400", "-0", "007", "2147483647", "2147483648", "-2147483649", "9223372036854775808", "1e", "-", "+1", "0x1", "NaN", "1E-400", "123456789012345678901234567890"];

    private static readonly byte[][] Pieces =
    [
        [0xFF], [0xC3], [0xC3, 0x28], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98], [0xF8, 0x88], [0xEF, 0xBB, 0xBF], [0xEF, 0xBB], [0], [0xFE, 0xFF],
        .. ((string[])["\"", "\\", "\\u", "\\ud800", "\\u00", "{", "}", "[", "]", "[[[[[[[[", ",", ":", "\n", "\r", "\t ", "/*", "null", "tru", "<html>", "'", "\"\":", "{\"\\ud800\":0,", "\u2028"])
            .Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly byte[] Record = CharacterJson.Bytes(CharacterJson.Lincler);
    private static readonly string[] Members = [.. CharacterJson.Lincler[1..^1].Split(",\n").SelectMany(line => line.Contains('[') || line.Contains('{') ? [line] : line.Split(',')).Select(member => member.Trim())];

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();

    /// <summary>Random bytes; or JSON of random or of known shape, whole or damaged.</summary>
    public byte[] Next()
    {
        byte[] bytes = _random.Next(12) switch
        {
            0 => RandomBytes(),
            1 => Assembled(),
            2 => (byte[])Record.Clone(),
            3 => Text(Value),
            4 or 5 => Text(Array),
            6 => Text(Page),
            7 or 8 => Text(Message),
            _ => Text(Character),
        };
        for (int damages = _random.Next(5) - 2; damages > 0; damages--)
            bytes = Damage(bytes);
        return bytes;
    }

    private byte[] RandomBytes()
    {
        byte[] bytes = new byte[_random.Next(64)];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Assembled() => [.. Enumerable.Range(0, _random.Next(20)).SelectMany(_ => Pick(Pieces))];

    private byte[] Text(Action<int> write)
    {
        _text.Clear();
        Space();
        write(0);
        Space();
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    private byte[] Damage(byte[] bytes)
    {
        int at = _random.Next(bytes.Length + 1);
        int length = Math.Min(_random.Next(_random.Next(2) == 0 ? 4 : 100), bytes.Length - at);
        return _random.Next(6) switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], .. bytes[(at + length)..]],
            2 => [.. bytes[..at], .. Pick(Pieces), .. bytes[at..]],
            3 => [.. bytes[..at], .. Pick(Pieces), .. bytes[(at + length)..]],
            4 => [.. bytes[..(at + length)], .. bytes[at..]],
            _ => [.. bytes[..at], (byte)_random.Next(256), .. bytes[Math.Min(at + 1, bytes.Length)..]],
        };
    }

    private void Character(int depth)
    {
        List<string> members = [.. Members];
        for (int changes = _random.Next(4); changes > 0; changes--)
        {
            int at = _random.Next(members.Count);
            switch (_random.Next(5))
            {
                case 0:
                    members.RemoveAt(at);
                    break;
                case 1:
                    members.Insert(at, Pick(Members));
                    break;
                case 2:
                    (members[0], members[at]) = (members[at], members[0]);
                    break;
                default:
                    int start = _text.Length;
                    Member(depth);
                    members.Insert(at, _text.ToString(start, _text.Length - start));
                    _text.Length = start;
                    break;
            }
        }

        _text.Append('{').AppendJoin(",", members).Append('}');
    }

    private void Array(int depth) => List('[', ']', 6, () =>
    {
        if (_random.Next(4) == 0)
            Value(depth + 1);
        else
            Character(depth + 1);
    });

    private void Page(int depth) => List('{', '}', 3, () =>
    {
        _text.Append(Pick(["\"info\":", "\"\\u0069nfo\":", "\"results\":", "\"\\ud800\":"]));
        List('{', '}', 4, () => Member(depth + 2));
    });

    private void Message(int depth)
    {
        if (_random.Next(4) == 0)
            _text.AppendJoin(',', Enumerable.Range(0, _random.Next(4)).Select(_ => Pick(Words)));
        else
            List('{', '}', 6, () => _text.Append(Pick(["\"version\":1", "\"version\":2", "\"ids\":", "\"job\":", "\"requested\":", "\"\\ud800\":", "\"x\":"])).Append(_text[^1] == ':' ? Scalar() : ""));
    }

    private void Value(int depth)
    {
        int kind = depth > 70 || _text.Length > MaxLength ? 0 : _random.Next(10);
        switch (kind)
        {
            case < 5:
                _text.Append(Scalar());
                break;
            case 5 when _random.Next(20) == 0:
                int levels = _random.Next(80);
                _text.Insert(_text.Length, "[", levels);
                Value(depth + levels);
                _text.Insert(_text.Length, "]", levels);
                break;
            case < 8:
                List('{', '}', 5, () => Member(depth + 1));
                break;
            default:
                List('[', ']', 5, () => Value(depth + 1));
                break;
        }
    }

    private void Member(int depth)
    {
        _text.Append('"').Append(Pick(Keys)).Append('"');
        Space();
        _text.Append(':');
        Value(depth + 1);
    }

    private void List(char open, char close, int most, Action write)
    {
        _text.Append(open);
        for (int count = _random.Next(most + 1); count > 0; count--)
        {
            Space();
            write();
            if (count > 1)
                _text.Append(',');
        }

        _text.Append(close);
    }

    private string Scalar() => _random.Next(6) switch
    {
        0 => Pick(Numbers),
        1 => Pick(["null", "true", "false", "nul", "True"]),
        2 => _random.Next().ToString(CultureInfo.InvariantCulture),
        3 => $"\"{Pick(Words)}{Pick(Words)}\"",
        _ => $"\"{Pick(Words)}\"",
    };

    private void Space() => _text.Append(_random.Next(10) == 0 ? Pick([" ", "\n", "\t\r\n", "\u00a0"]) : "");

    private T Pick<T>(T[] choices) => choices[_random.Next(choices.Length)];
}
