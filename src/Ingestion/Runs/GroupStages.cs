using Ingestion.Concurrency;

namespace Ingestion.Runs;

/// <summary>Starts the attempts of a run whose items share requests.</summary>
internal sealed class GroupStages(RunContext run) : IItemStages<WorkItem[]>
{
    public int ItemsPerAttempt => run.IdsPerRequest;

    public IItemAttempt Begin(WorkItem[] item, int slot) =>
        item is [var single] ? new ItemAttempt(run, single, slot) : new GroupAttempt(run, item, slot);
}
