using Ingestion.Items;
using Ingestion.Sources;
using Ingestion.Storage;

namespace Ingestion.Runs.Feeding;

/// <summary>Moves IDs from the source into the channel, as fast as the channel takes them, and with the entity tags of their records if those are to be used.</summary>
/// <param name="source">Where the IDs come from.</param>
/// <param name="description">What it delivers.</param>
/// <param name="completed">The IDs that have an outcome already.</param>
/// <param name="queue">Where they go.</param>
/// <param name="tags">Where the entity tags are looked up; null = records are fetched unconditionally.</param>
/// <param name="channelCapacity">Items are read ahead of a full channel by no more than it holds.</param>
internal sealed class Feeder(
    IItemSource source, SourceDescription description, IdSet completed, WorkQueue queue, IKnownEntityTags? tags = null, int channelCapacity = 1)
{
    private const int MaxChunk = 1000;

    /// <summary>Whether there may be tags to look for. Where nothing is stored yet, something may be soon.</summary>
    private bool _anyStored;

    /// <summary>Feeds until the source ends or reading stops.</summary>
    public async Task FeedAsync(CancellationToken stopReading)
    {
        try
        {
            if (tags is not null)
                await AdmitInChunksAsync(tags, stopReading);
            else
                await AdmitOneByOneAsync(stopReading);

            if (!stopReading.IsCancellationRequested)
                queue.SourceEnded();
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            // What was not admitted is read again by the next run.
        }
    }

    private async Task AdmitOneByOneAsync(CancellationToken stopReading)
    {
        await foreach (SourceItem item in source.ReadAsync(description, stopReading))
        {
            if (!completed.Contains(item.Key))
                await queue.AdmitAsync(new WorkItem(item), stopReading);
        }
    }

    /// <summary>One look-up serves as many items as the source has at hand; one that delivers slowly or never ends is not waited for to fill a chunk.</summary>
    private async Task AdmitInChunksAsync(IKnownEntityTags known, CancellationToken stopReading)
    {
        int capacity = Math.Min(MaxChunk, channelCapacity);
        List<SourceItem> chunk = new(capacity);
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
        await using IAsyncEnumerator<SourceItem> items = source.ReadAsync(description, giveUp.Token).GetAsyncEnumerator(giveUp.Token);
        Task<bool> reading = Task.FromResult(false);
        try
        {
            do
            {
                reading = items.MoveNextAsync().AsTask();
                if (!reading.IsCompleted || chunk.Count == capacity)
                    await AdmitAsync(chunk, known, stopReading);
                if (await reading && !completed.Contains(items.Current.Key))
                    chunk.Add(items.Current);
            }
            while (await reading);

            await AdmitAsync(chunk, known, stopReading);
        }
        finally
        {
            // A source may not be disposed of while it is being read.
            await giveUp.CancelAsync();
            await Task.WhenAny(reading);
        }
    }

    private async Task AdmitAsync(List<SourceItem> chunk, IKnownEntityTags known, CancellationToken stopReading)
    {
        if (chunk.Count == 0)
            return;

        _anyStored = _anyStored || await known.AnyStoredAsync(stopReading);
        IReadOnlyDictionary<ItemKey, string>? found = _anyStored ? await known.FindAsync([.. chunk.Select(item => item.Key)], stopReading) : null;
        foreach (SourceItem item in chunk)
            await queue.AdmitAsync(new WorkItem(item) { EntityTag = found?.GetValueOrDefault(item.Key) }, stopReading);
        chunk.Clear();
    }
}
