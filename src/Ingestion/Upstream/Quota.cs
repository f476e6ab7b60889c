namespace Ingestion.Upstream;

/// <summary>What an answer announced of the requests that are left.</summary>
/// <param name="Remaining">How many more may be made.</param>
/// <param name="ResetIn">How long that holds; above 0.</param>
/// <param name="Limit">How many there are at first each time, where it says so.</param>
/// <param name="Header">The header that said so.</param>
internal readonly record struct Quota(long Remaining, TimeSpan ResetIn, long? Limit, string Header);
