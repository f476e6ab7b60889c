namespace Ingestion.Upstream;

/// <summary>The request was not made, because there are no credentials for it.</summary>
internal sealed class AccessException(FetchFailure failure) : Exception(failure.Reason)
{
    public FetchFailure Failure { get; } = failure;
}
