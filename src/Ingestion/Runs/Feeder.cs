using Ingestion.Characters;
using Ingestion.Sources;

namespace Ingestion.Runs;

/// <summary>Moves IDs from the source into the channel, as fast as the channel takes them.</summary>
internal sealed class Feeder(IItemSource source, SourceDescription description, IdSet completed, WorkQueue queue)
{
    /// <summary>Feeds until the source ends or <paramref name="over"/> fires. If the source fails, fires it, so that the run ends.</summary>
    public async Task FeedAsync(CancellationTokenSource over)
    {
        try
        {
            await foreach (SourceItem item in source.ReadAsync(description, over.Token))
            {
                if (!completed.Contains(item.CharacterId))
                    await queue.AdmitAsync(new WorkItem(item), over.Token);
            }

            if (!over.IsCancellationRequested)
                queue.SourceEnded();
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Reading was stopped; what was not admitted is read again by the next run.
        }
        catch
        {
            await over.CancelAsync();
            throw;
        }
    }
}
