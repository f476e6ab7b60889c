using Ingestion.Items;
using Ingestion.Records;

namespace Ingestion.Sources.RabbitMq;

/// <summary>What a dead message says of itself.</summary>
internal static class DeadLetterHeaders
{
    public const string Reason = "x-ingestion-reason";
    public const string Character = "x-ingestion-character-id";
    public const string Size = "x-ingestion-original-bytes";
    private const int MaxReason = 1_000;

    /// <summary>Of an item that failed.</summary>
    public static Dictionary<string, object?> For(ItemKey key, string? reason) => new(StringComparer.Ordinal)
    {
        [Reason] = Excerpt.Of(reason ?? "failed", MaxReason),
        [Character] = key.Text is { } text ? text : key.Number,
    };

    /// <summary>Of a message that cannot be understood.</summary>
    public static Dictionary<string, object?> For(Delivery refused)
    {
        Dictionary<string, object?> headers = new(StringComparer.Ordinal) { [Reason] = Excerpt.Of(refused.Problem ?? "not understood", MaxReason) };
        if (refused.Size > MessageCodec.MaxBytes)
            headers[Size] = refused.Size;
        return headers;
    }
}
