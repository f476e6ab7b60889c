using System.Security.Cryptography;

namespace Ingestion.Sources;

/// <summary>
/// Delivers the keys in a file or in standard input, one a line, in their order. A file is read to its end before the run, so that a line that is wrong stops nothing half done; standard
/// input can be read once only.
/// </summary>
internal sealed class FileSource(string path, bool isText) : IItemSource
{
    /// <summary>Stands for standard input in place of the path of a file.</summary>
    public const string StandardInput = "-";

    private readonly string _name = $"Ingestion:IdsFile is '{Excerpt.Of(path)}'";

    public async Task<SourceDescription> DescribeAsync(CancellationToken cancellationToken)
    {
        if (path == StandardInput)
            return new SourceDescription("stdin", Count: null, IsOnce: true);

        // Of the keys, so that the same keys are the same work however their lines end.
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long count = 0;
        await foreach (SourceItem item in ReadAsync(cancellationToken))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{item.Key}\n"));
            count++;
        }

        return new SourceDescription($"file:{Excerpt.Of(Path.GetFileName(path), 100)}:{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8))}", count) { IsEstimate = true };
    }

    public IAsyncEnumerable<SourceItem> ReadAsync(SourceDescription description, CancellationToken stopReading) => ReadAsync(stopReading);

    public async Task<ItemKey?> FindMissingAsync(IReadOnlyList<ItemKey> keys, CancellationToken cancellationToken)
    {
        if (path == StandardInput)
            return null;

        HashSet<ItemKey> missing = [.. keys];
        await foreach (SourceItem item in ReadAsync(cancellationToken))
        {
            if (missing.Remove(item.Key) && missing.Count == 0)
                break;
        }

        return missing.Count == 0 ? default(ItemKey?) : keys.First(missing.Contains);
    }

    private async IAsyncEnumerable<SourceItem> ReadAsync([EnumeratorCancellation] CancellationToken stopReading)
    {
        await using Stream text = await OpenAsync(stopReading);
        await foreach (ItemKey key in new KeyLines(text, _name, isText).ReadAsync(stopReading))
        {
            if (stopReading.IsCancellationRequested)
                yield break;
            yield return new SourceItem(key);
        }
    }

    private async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (path == StandardInput)
                return Console.OpenStandardInput();

            // A named pipe keeps whoever opens it until somebody writes.
            Stream file = await Task.Run(() => File.Open(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 }), CancellationToken.None).WaitAsync(cancellationToken);
            return file.CanSeek ? file : throw new IOException("it can be read once only: send it to standard input, and set - here");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            string problem = Directory.Exists(path) ? "it is a folder" : exception.Message;
            throw new IngestionConfigurationException($"{_name}, but must be a file that can be read, or - for standard input: {Excerpt.Of(problem)}");
        }
    }
}
