using System.Threading.Channels;
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
    private readonly CommitParameters _parameters = new("", Guid.CreateVersion7(), hasTextKeys: false, fingerprintIterations: 0, CommitKind.Plain);
    private readonly RunOwner _owner = new(new SchemaName(StorageOptions.DefaultSchema), Guid.CreateVersion7(), Guid.CreateVersion7());
    private readonly Channel<PendingEntry> _queue = Channel.CreateUnbounded<PendingEntry>();

    // Nothing is sent here.
    private readonly Committer _committer = new(Guid.CreateVersion7(), BatchSize, connection: null!);

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
    public int Take()
    {
        int count = TakeAll().Length;
        _committer.Release();
        return count;
    }

    /// <summary>The same, and the columns of the statement.</summary>
    [Benchmark(OperationsPerInvoke = BatchSize)]
    public int TakeAndFill()
    {
        ReadOnlyMemory<PendingEntry> batch = TakeAll();
        _parameters.Fill(batch.Span, isRepeated: false, _owner);
        _parameters.Clear();
        _committer.Release();
        return batch.Length;
    }

    private ReadOnlyMemory<PendingEntry> TakeAll()
    {
        foreach (OutcomeEntry entry in _entries)
            _queue.Writer.TryWrite(new PendingEntry(entry));
        return _committer.Take(_queue.Reader);
    }
}
