using Ingestion.Items;
using Ingestion.Storage;
using Ingestion.Telemetry;

namespace Ingestion.Runs.Feeding;

/// <summary>
/// Gives each look-up a limited time. Tags only save work: when they do not come soon, the records are fetched whole, and whatever is wrong with the database
/// shows where outages and stalls are dealt with, which is at the commit.
/// </summary>
internal sealed class TimedEntityTags(IKnownEntityTags tags, TimeProvider timeProvider, ILogger logger) : IKnownEntityTags
{
    /// <summary>A look-up by primary key takes milliseconds.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private static readonly Dictionary<ItemKey, string> None = [];

    /// <inheritdoc/>
    /// <remarks>True when there was no answer in time: then there may be some.</remarks>
    public Task<bool> AnyStoredAsync(CancellationToken cancellationToken) => InTimeAsync(tags.AnyStoredAsync, true, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Finds none when there was no answer in time.</remarks>
    public Task<IReadOnlyDictionary<ItemKey, string>> FindAsync(IReadOnlyList<ItemKey> ids, CancellationToken cancellationToken) =>
        InTimeAsync(token => tags.FindAsync(ids, token), None, cancellationToken);

    private async Task<TResult> InTimeAsync<TResult>(Func<CancellationToken, Task<TResult>> lookUp, TResult otherwise, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(Timeout, timeProvider);
        using CancellationTokenSource timeoutOrCancelled = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await lookUp(timeoutOrCancelled.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            logger.EntityTagsLate(Timeout);
            return otherwise;
        }
    }
}
