using Ingestion.Upstream;

namespace Ingestion.Runs;

/// <summary>What becomes of an item after a failure.</summary>
/// <param name="Failure">What happened.</param>
/// <param name="Action">Whether, and when, it is tried again.</param>
/// <param name="Reason">Why it fails, if it does.</param>
internal readonly record struct Verdict(FetchFailure Failure, RecoverabilityAction Action, string Reason)
{
    /// <summary>The item fails with the failure's own reason.</summary>
    public static Verdict Fail(FetchFailure failure) => new(failure, new RecoverabilityAction(IsRetry: false, TimeSpan.Zero, IsCounted: true), failure.Reason);
}
