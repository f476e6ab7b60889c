namespace Ingestion.Sources.RabbitMq;

/// <summary>What to put into the queue.</summary>
/// <param name="Ids">The IDs of the job; null where they are <see cref="Texts"/>.</param>
/// <param name="IdsPerMessage">How many IDs a message has, 1 to 5,000.</param>
/// <param name="ResumeAfter">IDs up to this one are in the queue already; 0 for none.</param>
public sealed record EnqueueRequest(IdRanges? Ids, int IdsPerMessage, Guid Job, long ResumeAfter)
{
    /// <summary>The IDs where they are text; none otherwise.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Whether they go ahead of those that wait: into the urgent queue.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Those that are to be published, of either kind.</summary>
    public IEnumerable<ItemKey> Keys => Ids?.Where(id => id > ResumeAfter).Select(id => new ItemKey(id)) ?? Texts.Select(text => new ItemKey(text));

    /// <summary>How many IDs the job has.</summary>
    public long Count => Ids?.Count ?? Texts.Count;
}
