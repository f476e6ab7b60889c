namespace Ingestion.Upstream;

/// <summary>
/// The memory that the bodies in all slots may take together, each from its first bytes to the end of its attempt. A body that does not fit waits until it is the one
/// that may go beyond the bound, so that bodies that all have a part of what they need never wait for each other.
/// </summary>
/// <param name="bytes">How much memory that is.</param>
internal sealed class BodyMemory(long bytes)
{
    /// <summary>However much memory there is: more of it than this does not make ingesting faster.</summary>
    private const long MaxBytes = 128 * 1024 * 1024;

    /// <summary>A body that is read, unpacked or parsed takes up to three times its size for a moment.</summary>
    private const int PartOfMemory = 8;

    private long _free = bytes;

    /// <summary>An eighth of what the process may use, 128 MiB at most, but never less than one record may have.</summary>
    public static BodyMemory For(UpstreamOptions options) =>
        new(Math.Max(options.MaxResponseBytes, Math.Min(MaxBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / PartOfMemory)));

    public long Bytes { get; } = bytes;

    /// <summary>Entered by the one body that goes beyond the bound, and left at the end of its attempt.</summary>
    public SemaphoreSlim Beyond { get; } = new(1, 1);

    public bool TryTake(long more)
    {
        if (Interlocked.Add(ref _free, -more) >= 0)
            return true;

        Return(more);
        return false;
    }

    public void Return(long less) => Interlocked.Add(ref _free, less);
}
