namespace UpstreamSimulator.Http;

/// <summary>What a request will be answered.</summary>
/// <param name="ETag">The entity tag, of a proper answer.</param>
/// <param name="DeliveredId">The record that this delivers whole; 0 for none.</param>
/// <param name="DeliveredIds">The records, when there are several.</param>
internal readonly record struct Answer(
    int Status, ReadOnlyMemory<byte> Body, string? ETag = null, Fault Fault = default, int DeliveredId = 0, IReadOnlyList<int>? DeliveredIds = null);
