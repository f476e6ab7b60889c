namespace Ingestion.Runs;

/// <summary>Carries out runs, one at a time.</summary>
public interface IIngestionRunner
{
    /// <summary>How the run that is going on stands. Cheap, and safe from any thread.</summary>
    RunProgress Progress { get; }

    /// <summary>All that is to be seen of the run that is going on, or ended last; null before there was one. Safe from any thread.</summary>
    RunMoment? Moment => null;

    /// <summary>Whether a run ends by itself; one over a queue goes on until it is stopped.</summary>
    bool HasEnd => true;

    /// <summary>Ingests everything the configured source delivers.</summary>
    /// <param name="stopReading">Take no more items; let those in flight finish. The run is then <c>Stopped</c> and can be resumed.</param>
    /// <param name="abort">Abort what is in flight; it has no outcome and is done again by the next run.</param>
    /// <exception cref="Configuration.IngestionConfigurationException">The run cannot work as configured.</exception>
    Task<RunSummary> RunAsync(CancellationToken stopReading, CancellationToken abort);
}
