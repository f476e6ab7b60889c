namespace Worker.Hosting;

/// <summary>
/// What a collector rejected of an export that it took (https://opentelemetry.io/docs/specs/otlp/#partial-success): field 1 of its answer, whatever the signal; in it the number as
/// field 1 and the reason as field 2, in the order in which protobuf writes them (https://protobuf.dev/programming-guides/encoding/). An answer that cannot be read rejects nothing.
/// </summary>
internal static class PartialSuccess
{
    private const byte Partial = 0x0A, Number = 0x08, Text = 0x12;

    public static (int Rejected, string Reason) Read(ReadOnlySpan<byte> answer)
    {
        if (!TryRead(ref answer, Partial, out _) || !TryRead(ref answer, Number, out int rejected))
            return (0, "");
        return (rejected, TryRead(ref answer, Text, out int length) && length <= answer.Length ? Encoding.UTF8.GetString(answer[..length]) : "");
    }

    /// <summary>A tag and the number behind it, which may be the length of what follows.</summary>
    private static bool TryRead(ref ReadOnlySpan<byte> message, byte tag, out int number)
    {
        int last = message is [var first, .. var rest] && first == tag ? rest.IndexOfAnyInRange((byte)0, (byte)0x7F) + 1 : 0;
        ulong value = 0;
        for (int i = last; i > 0; i--)
            value = (value << 7) | (message[i] & 0x7Fu);
        number = (int)Math.Min(value, int.MaxValue);
        message = message[(last > 0 ? last + 1 : 0)..];
        return last is > 0 and <= 10;
    }
}
