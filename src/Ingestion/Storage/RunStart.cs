namespace Ingestion.Storage;

/// <summary>What is known of a run when it starts.</summary>
/// <param name="Resource">The path of a record.</param>
/// <param name="Upstream">The root of the API.</param>
/// <param name="Resume">Resume an unfinished run over the same source, of the same resource and of the same upstream.</param>
/// <param name="Interrupted">The run this process carried out until it lost the lease: that one is resumed, whatever <paramref name="Resume"/> says.</param>
/// <param name="IsShared">Other processes may be at the same source: their runs are not touched.</param>
internal sealed record RunStart(
    string Source, string Resource, string Upstream, string Strategy, int DegreeOfParallelism, long? Requested, bool Resume, Guid? Interrupted = null, bool IsShared = false)
{
    /// <summary>How long ago a run may have stored its last outcome, or been stopped, and still be resumed.</summary>
    public TimeSpan ResumeWithin { get; init; } = TimeSpan.FromDays(3650);
}
