namespace Ingestion.Upstream;

/// <summary>The request was not made, because there are no credentials for it.</summary>
internal sealed class AccessException(FetchFailure failure) : Exception(failure.Reason)
{
    /// <summary>What went wrong.</summary>
    public FetchFailure Failure { get; } = failure;
}
