using System.Text.Unicode;

namespace Ingestion.Records;

/// <summary>The CPU-bound stage: turns a response body into a record that can be stored, or says why it cannot. Never throws.</summary>
internal sealed class RecordTransformer(Resource resource, IOptions<TransformOptions> options)
{
    private readonly int _iterations = options.Value.FingerprintIterations;

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
            return Rejected(WrongId(reader.Id, expected));

        raw = raw[reader.Record];
        return new TransformResult(new ItemRecord(raw, Fingerprint.Of(raw.Span, _iterations), sanitized), Rejection: null);
    }

    /// <summary>
    /// For a person: the record as far as it can be found, and all that keeps it from being the one that was asked for, where <see cref="Transform"/> ends with the first.
    /// </summary>
    public (ReadOnlyMemory<byte> Record, IReadOnlyList<string> Problems) Examine(ItemKey expected, ReadOnlyMemory<byte> body)
    {
        TransformResult result = Transform(expected, body);
        if (result.Record is { } record)
            return (record.Raw, []);

        if (!Utf8.IsValid(body.Span))
            return (default, [result.Rejection!]);

        body = UnstorableEscapes.Replace(body, out _);
        var whole = new RecordReader(body.Span, resource, isStrict: false);
        if (!whole.ReadOne())
            return (default, [result.Rejection!]);

        List<string> problems = [result.Rejection!];
        foreach (Shape part in resource.Parts)
        {
            var reader = new RecordReader(body.Span, resource, isStrict: true, part);
            if (!reader.ReadOne())
                problems.Add(Excerpt.Of(reader.Problem));
            else if (reader.Id is { } id && id != expected)
                problems.Add(Excerpt.Of(WrongId(id, expected)));
        }

        return (body[whole.Record], [.. problems.Distinct(StringComparer.Ordinal)]);
    }

    private static string WrongId(ItemKey? id, ItemKey expected) => $"the record has id {id}, not {expected}";

    private static TransformResult Rejected(string reason) => new(Record: null, Excerpt.Of(reason));
}
