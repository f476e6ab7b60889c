using BenchmarkDotNet.Attributes;
using Ingestion.Records;
using Ingestion.Storage;
using Ingestion.Storage.Committing;
using Ingestion.Storage.Postgres;
using Microsoft.Extensions.Options;

namespace MicroBenchmarks;

/// <summary>What the writer does with an outcome before it is sent: what one of a batch of 250 costs.</summary>
public class WriterBenchmarks
{
    private const int BatchSize = 250;

    private readonly OutcomeEntry[] _entries = new OutcomeEntry[BatchSize];
    private readonly CommitParameters _parameters = new(Guid.CreateVersion7(), hasTextKeys: false, fingerprintIterations: 0, CommitKind.Plain);
    private readonly RunOwner _owner = new(new SchemaName(StorageOptions.DefaultSchema), Guid.CreateVersion7(), Guid.CreateVersion7());
    private readonly Batch _batch = new(BatchSize);

    /// <summary>Makes the entries, in another order than that of their IDs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        RecordTransformer transformer = new(CharacterResource.Value, Options.Create(new TransformOptions()));
        for (int i = 0; i < BatchSize; i++)
        {
            int id = 1 + (i * 7 % BatchSize);
            _entries[i] = new OutcomeEntry { Key = id, Attempts = 1, Record = transformer.Transform(id, SampleRecord.Of(id)).Record };
        }
    }

    /// <summary>Queueing and sorting.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int Seal()
    {
        foreach (OutcomeEntry entry in _entries)
            _batch.Add(new PendingEntry(entry));
        int count = _batch.Seal().Length;
        _batch.Clear();
        return count;
    }

    /// <summary>The same, and the columns of the statement.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int SealAndFill()
    {
        foreach (OutcomeEntry entry in _entries)
            _batch.Add(new PendingEntry(entry));
        ReadOnlyMemory<PendingEntry> sealedBatch = _batch.Seal();
        _parameters.Fill(sealedBatch.Span, isRepeated: false, _owner);
        _parameters.Clear();
        _batch.Clear();
        return sealedBatch.Length;
    }
}
