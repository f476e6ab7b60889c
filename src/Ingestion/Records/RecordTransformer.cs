using System.Text.Unicode;
using Ingestion.Items;

namespace Ingestion.Records;

/// <summary>The CPU-bound stage: turns a response body into a record that can be stored, or says why it cannot. Never throws.</summary>
internal sealed class RecordTransformer(Resource resource, IOptions<TransformOptions> options)
{
    private readonly int _iterations = options.Value.FingerprintIterations;

    /// <summary>What the records are like.</summary>
    public Resource Resource => resource;

    /// <summary>Checks and fingerprints. The record keeps the body's memory; it must not be written to afterwards.</summary>
    public TransformResult Transform(ItemKey expected, ReadOnlyMemory<byte> body)
    {
        ReadOnlyMemory<byte> raw = body.Trim(" \t\r\n"u8);
        if (raw.IsEmpty)
            return Rejected("the body is empty");

        if (!Utf8.IsValid(raw.Span))
            return Rejected("the body is not JSON: it is not valid UTF-8");

        raw = UnstorableEscapes.Replace(raw, out bool sanitized);
        var reader = new RecordReader(raw.Span, resource, isStrict: true);
        if (!reader.ReadOne())
            return Rejected(reader.Problem);

        if (reader.Id != expected)
            return Rejected($"the record has id {reader.Id}, not {expected}");

        raw = raw[reader.Record];
        return new TransformResult(new ItemRecord(raw, Fingerprint.Of(raw.Span, _iterations), sanitized), Rejection: null);
    }

    private static TransformResult Rejected(string reason) => new(Record: null, Excerpt.Of(reason));
}
