using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;
using Ingestion.Items;
using Ingestion.Records;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// What a message asks for. Its body is <c>{"version":1,"job":"uuid","requested":1000,"ids":"1-10,42"}</c>, of which only version and ids are needed, or from other producers the
/// list of IDs alone, as text. What is neither is refused with a reason, whatever it is.
/// </summary>
/// <param name="Ids">At most <see cref="MaxIds"/> of them.</param>
/// <param name="Job">What they belong to; null when the message does not say.</param>
internal sealed record QueueMessage(IdRanges Ids, Job? Job)
{
    /// <summary>Written out singly they are no more than <see cref="MaxBytes"/>.</summary>
    public const int MaxIds = 5_000;

    /// <summary>The largest body that is looked at.</summary>
    public const int MaxBytes = 64 * 1024;

    private const int Version = 1;

    public byte[] Encode()
    {
        string job = Job is { } known ? $"\"job\":\"{known.Id}\"," : "";
        string requested = Job?.Requested is { } count ? string.Create(CultureInfo.InvariantCulture, $"\"requested\":{count},") : "";
        return Encoding.ASCII.GetBytes($$"""{"version":{{Version}},{{job}}{{requested}}"ids":"{{Ids}}"}""");
    }

    /// <param name="body">As it came.</param>
    /// <param name="message">What it asks for, if it can be understood.</param>
    /// <param name="problem">Otherwise why not, in one line.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out QueueMessage? message, [NotNullWhen(false)] out string? problem)
    {
        message = null;
        try
        {
            if (body.Length > MaxBytes)
                problem = string.Create(CultureInfo.InvariantCulture, $"the body has {body.Length:N0} bytes, a message has at most {MaxBytes:N0}");
            else if (!Utf8.IsValid(body.Span))
                problem = "the body is neither JSON nor text";
            else if (body.Span.TrimStart(" \t\r\n"u8) is [(byte)'{', ..])
                problem = ReadObject(UnstorableEscapes.Replace(body, out _), out message);
            else
                problem = ReadIds(Encoding.UTF8.GetString(body.Span), job: null, out message);
        }
        catch (JsonException)
        {
            problem = "the body begins like JSON, but is none";
        }

        return problem is null;
    }

    private static string? ReadObject(ReadOnlyMemory<byte> body, out QueueMessage? message)
    {
        message = null;
        using var document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        if (!root.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number)
            return "the message has no version";
        if (!version.TryGetInt32(out int number) || number != Version)
            return $"the message has version {Excerpt.Of(version.GetRawText(), 20)}, only {Version} is known";
        if (!root.TryGetProperty("ids", out JsonElement ids) || ids.ValueKind != JsonValueKind.String)
            return "the message has no ids, as a text like 1-10,42";
        if (!root.TryGetProperty("job", out JsonElement job) || job.ValueKind == JsonValueKind.Null)
            return ReadIds(ids.GetString(), job: null, out message);
        if (job.ValueKind != JsonValueKind.String || !job.TryGetGuid(out Guid id))
            return "the job of the message is not a UUID";

        bool isKnown = root.TryGetProperty("requested", out JsonElement requested) && requested.ValueKind == JsonValueKind.Number;
        return ReadIds(ids.GetString(), new Job(id, isKnown && requested.TryGetInt64(out long count) && count > 0 ? count : null), out message);
    }

    private static string? ReadIds(string? text, Job? job, out QueueMessage? message)
    {
        message = null;
        if (!IdRanges.TryParse(text, out IdRanges? ids, out string? error))
            return error;
        if (ids.Count > MaxIds)
            return string.Create(CultureInfo.InvariantCulture, $"the message asks for {ids.Count:N0} IDs, at most {MaxIds:N0} are allowed");

        message = new QueueMessage(ids, job);
        return null;
    }
}
