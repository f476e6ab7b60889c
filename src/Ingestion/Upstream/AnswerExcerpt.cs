using System.Buffers;
using System.IO.Compression;

namespace Ingestion.Upstream;

/// <summary>What is kept of an answer that an item fails for: its status, the headers that help to understand it, and the first 2 KB of its body.</summary>
/// <param name="response">The answer.</param>
/// <param name="body">What was read of its body, unpacked or not.</param>
internal sealed class AnswerExcerpt(HttpResponseMessage response, ReadOnlyMemory<byte> body)
{
    private const int MaxBody = 2048;
    private const int MaxHeaders = 16;

    /// <summary>Shorter ones would be found in any text.</summary>
    private const int ShortestSecret = 8;

    private static readonly string[] Headers = ["Retry-After", "Content-Type", "Server", "Date", "traceparent", "CF-Ray"];
    private static readonly string[] Beginnings = ["RateLimit", "X-RateLimit"];
    private static readonly string[] Parts = ["request-id", "requestid", "correlation-id", "trace-id"];

    // It may wait for long until it shows whether the item fails.
    private readonly ReadOnlyMemory<byte> _body = body.Length <= MaxBody ? body : body[..MaxBody].ToArray();

    /// <summary>As it is stored, without the credentials that the request was made with.</summary>
    public string ToJson(UpstreamOptions options)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            string[] secrets = [.. SecretsOf(options).Where(secret => secret?.Length >= ShortestSecret).OfType<string>().OrderByDescending(secret => secret.Length)];
            writer.WriteStartObject();
            writer.WriteNumber("status", (int)response.StatusCode);
            writer.WriteStartObject("headers");
            foreach ((string name, var values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated).Where(header => IsOfInterest(header.Key)).Take(MaxHeaders))
                writer.WriteString(name, Mask(Excerpt.Of(values.ToString()), secrets));
            writer.WriteEndObject();
            writer.WriteString("body", Mask(Excerpt.Of(Encoding.UTF8.GetString(Unpacked()), MaxBody), secrets));
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.WrittenSpan);
    }

    private static bool IsOfInterest(string name) =>
        Headers.Contains(name, StringComparer.OrdinalIgnoreCase)
        || Beginnings.Any(beginning => name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
        || Parts.Any(part => name.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static string Mask(string text, IEnumerable<string> secrets) => secrets.Aggregate(text, (masked, secret) => masked.Replace(secret, "***", StringComparison.Ordinal));

    /// <summary>A server may say what it was sent.</summary>
    private IEnumerable<string?> SecretsOf(UpstreamOptions options) =>
        options.Headers.Values.SelectMany(value => value.Split(' ').Append(value)).Concat(options.Query.Values).Append(response.RequestMessage?.Headers.Authorization?.Parameter);

    private ReadOnlySpan<byte> Unpacked()
    {
        if (_body.Span is not [0x1f, 0x8b, ..])
            return _body.Span;

        byte[] unpacked = new byte[MaxBody];
        int length = 0;
        try
        {
            using var gzip = new GZipStream(new MemoryStream(_body.ToArray()), CompressionMode.Decompress);
            for (int read = 1; read > 0 && length < MaxBody; length += read)
                read = gzip.Read(unpacked.AsSpan(length));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            // It was cut, or looks like gzip only.
        }

        return length > 0 ? unpacked.AsSpan(0, length) : _body.Span;
    }
}
