using BenchmarkDotNet.Attributes;
using Ingestion.Records;
using Microsoft.Extensions.Options;

namespace MicroBenchmarks;

/// <summary>The CPU-bound stage: what one record costs, and its parts.</summary>
public class TransformBenchmarks
{
    private const int Several = 100;

    private readonly byte[] _record = SampleRecord.Of(7);
    private readonly byte[] _array = SampleRecord.Several(Several);
    private readonly RecordTransformer _transformer = new(CharacterResource.Value, Options.Create(new TransformOptions()));

    /// <summary>Validation of the UTF-8, escapes, parsing and fingerprint.</summary>
    [Benchmark(Baseline = true)]
    public bool Transform() => _transformer.Transform(7, _record).Record is not null;

    /// <summary>Parsing alone.</summary>
    [Benchmark]
    public bool Parse() => new RecordReader(_record, CharacterResource.Value, isStrict: true).ReadOne();

    /// <summary>SHA-256 of the record.</summary>
    [Benchmark]
    public int Fingerprint() => Ingestion.Records.Fingerprint.Of(_record, iterations: 0).Length;

    /// <summary>Taking an answer for a hundred apart, for each of them.</summary>
    [Benchmark(OperationsPerInvoke = Several)]
    public bool Split() => RecordList.Split(CharacterResource.Value, _array).Problem is null;
}
