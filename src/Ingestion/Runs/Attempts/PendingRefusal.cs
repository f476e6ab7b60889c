using Ingestion.Upstream;

namespace Ingestion.Runs.Attempts;

/// <summary>A refusal of which it shows only later whether it is about the item: it is when a request is answered that was made after it.</summary>
/// <param name="At">Its place in the <see cref="RequestBook"/>.</param>
/// <param name="TimesRefused">What the gate counted before the request; when it has counted on, the client was refused and not the item.</param>
/// <param name="Looks">How often it was looked at without finding out.</param>
internal sealed record PendingRefusal(FetchFailure Failure, long At, int TimesRefused, int Looks = 0);
