namespace Ingestion.Records;

/// <summary>What the transform stage makes of a response body, ready to be stored.</summary>
/// <param name="Raw">The record's JSON as UTF-8, as it came; only U+0000 escapes are replaced (see <paramref name="Sanitized"/>).</param>
/// <param name="ContentHash">32 bytes that change whenever the content does: SHA-256, or PBKDF2 when iterations are configured.</param>
/// <param name="Sanitized">Whether U+0000 was replaced by U+FFFD, which PostgreSQL cannot store.</param>
internal sealed record ItemRecord(ReadOnlyMemory<byte> Raw, ReadOnlyMemory<byte> ContentHash, bool Sanitized);
