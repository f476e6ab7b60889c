using Ingestion.Sources;
using Ingestion.Storage;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// Moves IDs from the source into the channel, as fast as the channel takes them. What may be known of them is asked before: one that is done is settled and goes no further, and the
/// entity tag of a record that is stored goes along.
/// </summary>
/// <param name="usesTags">Whether the entity tags of what is stored are wanted.</param>
/// <param name="channelCapacity">Items are read ahead of a full channel by no more than it holds.</param>
/// <param name="overtakes">Whether it moves those that go ahead of what waits.</param>
internal sealed class Feeder(IItemSource source, SourceDescription description, OpenedRun run, IRunStore store, bool usesTags, WorkQueue queue, int channelCapacity = 1, bool overtakes = false)
{
    private const int MaxChunk = 1000;

    /// <summary>Whether there may be tags to look for. Where nothing is stored yet, something may be soon.</summary>
    private bool _anyStored;

    public async Task FeedAsync(CancellationToken stopReading)
    {
        try
        {
            await AdmitAllAsync(stopReading);
            if (!stopReading.IsCancellationRequested)
                queue.SourceEnded();
        }
        catch (OperationCanceledException) when (stopReading.IsCancellationRequested)
        {
            // What was not admitted is read again by the next run.
        }
    }

    /// <summary>One question serves as many items as the source has at hand; one that delivers slowly or never ends is not waited for to fill a chunk.</summary>
    private async Task AdmitAllAsync(CancellationToken stopReading)
    {
        int capacity = Math.Min(MaxChunk, channelCapacity);
        List<SourceItem> chunk = new(capacity);
        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(stopReading);
        await using IAsyncEnumerator<SourceItem> items = (overtakes ? source.ReadUrgentAsync(giveUp.Token) : source.ReadAsync(description, giveUp.Token)).GetAsyncEnumerator(giveUp.Token);
        Task<bool> reading = Task.FromResult(false);
        try
        {
            do
            {
                reading = items.MoveNextAsync().AsTask();
                if (!reading.IsCompleted || chunk.Count == capacity)
                    await AdmitAsync(chunk, stopReading);
                if (await reading)
                    chunk.Add(items.Current);
            }
            while (await reading);

            await AdmitAsync(chunk, stopReading);
        }
        finally
        {
            // A source may not be disposed of while it is being read.
            await giveUp.CancelAsync();
            await Task.WhenAny(reading);
        }
    }

    private async Task AdmitAsync(List<SourceItem> chunk, CancellationToken stopReading)
    {
        KnownItem[]? known = chunk.Count > 0 ? await AskAsync(chunk, stopReading) : null;
        for (int i = 0; i < chunk.Count; i++)
        {
            KnownItem found = known?[i] ?? default;
            if (found.Done is { } done && !IsTriedAgain(done))
                await source.SettleAsync(chunk[i], done.Outcome, done.Error).AsTask().WaitAsync(stopReading);
            else
                await queue.AdmitAsync(new WorkItem(chunk[i]) { EntityTag = found.EntityTag }, stopReading, overtakes);
        }

        chunk.Clear();
    }

    /// <summary>Null when nothing can be known.</summary>
    private async Task<KnownItem[]?> AskAsync(List<SourceItem> chunk, CancellationToken stopReading)
    {
        bool isAsked = chunk.Exists(item => MayBeDoneIn(item) is not null) || (_anyStored = _anyStored || (usesTags && await store.AnyStoredAsync(stopReading)));
        return isAsked ? await store.FindKnownAsync([.. chunk.Select(item => (item.Key, MayBeDoneIn(item)))], usesTags, stopReading) : null;
    }

    /// <summary>The run or job that the item may have an outcome in. What a source delivers twice in one run is left to the writer: looking for it each time would cost more.</summary>
    private Guid? MayBeDoneIn(SourceItem item) => run.IsResumed ? run.Id : item.IsRedelivered ? item.Job?.Id : null;

    /// <summary>Somebody may have put a failure back into the queue.</summary>
    private bool IsTriedAgain(CommittedOutcome done) => description.IsShared && done.Outcome is Outcome.Failed;
}
