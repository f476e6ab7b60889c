using System.Text.Unicode;

namespace Ingestion.Sources;

/// <summary>Reads keys from UTF-8 text, one a line, in bounded memory. White space around a key and blank lines do not matter, nor do a byte order mark and how lines end.</summary>
/// <param name="name">What an error calls it: the setting and its value.</param>
internal sealed class KeyLines(Stream text, string name, bool isText)
{
    /// <summary>A key, and much white space.</summary>
    private const int MaxLineBytes = 4096;

    private readonly byte[] _buffer = new byte[64 * 1024];
    private long _line;

    /// <exception cref="IngestionConfigurationException">A line is no key; it is named.</exception>
    public async IAsyncEnumerable<ItemKey> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (int start, int end) = (0, 0);
        for (bool isEnd = false; !isEnd || start < end;)
        {
            int length = _buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length < 0 && !isEnd && end - start <= MaxLineBytes)
            {
                _buffer.AsSpan(start, end - start).CopyTo(_buffer);
                (start, end) = (0, end - start);
                // A pipe in which nothing comes cannot be told to end a read: it is left behind.
                int read = await text.ReadAsync(_buffer.AsMemory(end), cancellationToken).AsTask().WaitAsync(cancellationToken);
                end += read;
                isEnd = read == 0;
                continue;
            }

            _line++;
            int line = length < 0 ? end - start : length;
            if (Parse(_buffer.AsSpan(start, line)) is { } key)
                yield return key;
            start = Math.Min(start + line + 1, end);
        }
    }

    private ItemKey? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxLineBytes)
            throw Refuse($"is longer than {MaxLineBytes} bytes");
        if (!Utf8.IsValid(line))
            throw Refuse("is not UTF-8");

        string key = Encoding.UTF8.GetString(_line == 1 && line.StartsWith("\uFEFF"u8) ? line["\uFEFF"u8.Length..] : line).Trim();
        return key.Length == 0 ? default(ItemKey?) : KeyRules.Parse(key, isText) ?? throw Refuse($"is '{Excerpt.Of(key, 40)}'");
    }

    private IngestionConfigurationException Refuse(string problem) => new($"{name}: line {_line} {problem}, but must be {KeyRules.Allowed(isText)}");
}
