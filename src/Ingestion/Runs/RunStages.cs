using Ingestion.Concurrency;

namespace Ingestion.Runs;

/// <summary>Starts the attempts of a run.</summary>
internal sealed class RunStages(RunContext run) : IItemStages<WorkItem>
{
    public IItemAttempt Begin(WorkItem item, int slot) => new ItemAttempt(run, item, slot);
}
