using System.Text.Unicode;
using Ingestion.Items;

namespace Ingestion.Records;

/// <summary>The CPU-bound stage: turns a response body into a record that can be stored, or says why it cannot. Never throws.</summary>
internal sealed class CharacterTransformer(IOptions<TransformOptions> options)
{
    private readonly int _iterations = options.Value.FingerprintIterations;

    /// <summary>Parses, validates and fingerprints. The record keeps the body's memory; it must not be written to afterwards.</summary>
    public TransformResult Transform(int expectedId, ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> raw = body.Trim(" \t\r\n"u8);
        if (raw.IsEmpty)
            return Rejected("the body is empty");

        if (!Utf8.IsValid(raw.Span))
            return Rejected("the body is not JSON: it is not valid UTF-8");

        raw = UnstorableEscapes.Replace(raw, out bool sanitized);
        var parser = new CharacterParser(raw.Span);
        if (parser.Parse() is not { } character)
            return Rejected(parser.Rejection);

        if (character.Id != expectedId)
            return Rejected($"the record has id {character.Id}, not {expectedId}");

        return new TransformResult(new CharacterRecord(character, raw, Fingerprint.Of(raw.Span, _iterations), sanitized), Rejection: null);
    }

    private static TransformResult Rejected(string reason) => new(Record: null, Excerpt.Of(reason));
}
