namespace Ingestion.Upstream;

/// <summary>What to do about a failed attempt. <c>Recoverability</c> decides, the run carries it out.</summary>
/// <param name="IsRetry">Try again after <paramref name="Delay"/>; otherwise the item is dead-lettered with the failure's reason.</param>
/// <param name="Delay">How long the item waits, outside of any slot.</param>
/// <param name="IsCounted">Whether the attempt counts against <c>Upstream:MaxAttempts</c>.</param>
internal readonly record struct RecoverabilityAction(bool IsRetry, TimeSpan Delay, bool IsCounted);
