using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Ingestion.Records;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// What a message asks for. Its body is <c>{"version":1,"job":"uuid","requested":1000,"ids":"1-10,42"}</c> or <c>{"version":2,…,"ids":["a","b"]}</c>, of which only version and ids are
/// needed, or from other producers the IDs alone: <c>7</c>, <c>1-10,42</c>, <c>[7, 8]</c>, <c>"a"</c> or <c>["a", "b"]</c>. What is none of these is refused with a reason, whatever it is.
/// Integers are sent in version 1, which older workers read too.
/// </summary>
/// <param name="Ids">At most <see cref="MaxIds"/> integers; null where IDs are <see cref="Texts"/>.</param>
/// <param name="Job">What they belong to; null when the message does not say.</param>
internal sealed record QueueMessage(IdRanges? Ids, Job? Job)
{
    /// <summary>Written out singly they are no more than <see cref="MaxBytes"/>.</summary>
    public const int MaxIds = 5_000;

    /// <summary>The largest body that is looked at.</summary>
    public const int MaxBytes = 128 * 1024;

    private const int Integers = 1;
    private const int AnyKeys = 2;

    /// <summary>The IDs where they are text, at most <see cref="MaxIds"/>.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>All of them, of either kind.</summary>
    public IEnumerable<ItemKey> Keys => Ids?.Select(id => new ItemKey(id)) ?? Texts.Select(text => new ItemKey(text));

    public int Count => Ids is { } ids ? (int)ids.Count : Texts.Count;

    /// <summary>The message for these, all of them of one kind.</summary>
    public static QueueMessage Of(IEnumerable<ItemKey> keys, Job? job)
    {
        ItemKey[] all = [.. keys];
        return all is [{ Text: not null }, ..]
            ? new QueueMessage(Ids: null, job) { Texts = [.. all.Select(key => key.Text!).Distinct(StringComparer.Ordinal)] }
            : new QueueMessage(new IdRanges(all.Select(key => new IdRange(key.Number, key.Number))), job);
    }

    public byte[] Encode()
    {
        string job = Job is { } known ? $"\"job\":\"{known.Id}\"," : "";
        string requested = Job?.Requested is { } count ? string.Create(CultureInfo.InvariantCulture, $"\"requested\":{count},") : "";
        string ids = Ids is not null ? $"\"{Ids}\"" : $"[{string.Join(',', Texts.Select(Quote))}]";
        return Encoding.UTF8.GetBytes($$"""{"version":{{(Ids is null ? AnyKeys : Integers)}},{{job}}{{requested}}"ids":{{ids}}}""");
    }

    /// <summary>As a JSON string, with the letters as they are.</summary>
    public static string Quote(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Value}\"";

    /// <param name="hasTextKeys">Whether the IDs of the resource are text: the others are refused.</param>
    public static bool TryDecode(ReadOnlyMemory<byte> body, bool hasTextKeys, [NotNullWhen(true)] out QueueMessage? message, [NotNullWhen(false)] out string? problem)
    {
        message = null;
        try
        {
            if (body.Length > MaxBytes)
                problem = string.Create(CultureInfo.InvariantCulture, $"the body has {body.Length:N0} bytes, a message has at most {MaxBytes:N0}");
            else if (!Utf8.IsValid(body.Span))
                problem = "the body is neither JSON nor text";
            else if (body.Span.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[' or (byte)'"', ..])
                problem = ReadJson(UnstorableEscapes.Replace(body, out _), out message);
            else
                problem = ReadRanges(Encoding.UTF8.GetString(body.Span), job: null, out message);
        }
        catch (JsonException)
        {
            problem = "the body begins like JSON, but is none";
        }

        if (message is not null && message.Ids is null != hasTextKeys)
        {
            problem = hasTextKeys
                ? $"the message asks for the integer {message.Keys.First()}, but Resource:IdType is Text: send IDs as JSON strings"
                : $"the message asks for the text '{Excerpt.Of(message.Texts[0], 40)}', but Resource:IdType is Integer";
            message = null;
        }

        return problem is null;
    }

    private static string? ReadJson(ReadOnlyMemory<byte> body, out QueueMessage? message)
    {
        message = null;
        using var document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            return ReadKeys(root, job: null, out message);
        if (!root.TryGetProperty("version", out JsonElement version) || version.ValueKind != JsonValueKind.Number)
            return "the message has no version";
        if (!version.TryGetInt32(out int number) || number is not (Integers or AnyKeys))
            return $"the message has version {Excerpt.Of(version.GetRawText(), 20)}, only {Integers} and {AnyKeys} are known";
        if (!root.TryGetProperty("ids", out JsonElement ids) || (ids.ValueKind != JsonValueKind.String && (number == Integers || ids.ValueKind != JsonValueKind.Array)))
            return number == Integers ? "the message has no ids, as a text like 1-10,42" : "the message has no ids, as an array of IDs";

        Job? known = null;
        if (root.TryGetProperty("job", out JsonElement job) && job.ValueKind != JsonValueKind.Null)
        {
            if (job.ValueKind != JsonValueKind.String || !job.TryGetGuid(out Guid id))
                return "the job of the message is not a UUID";

            bool isSaid = root.TryGetProperty("requested", out JsonElement requested) && requested.ValueKind == JsonValueKind.Number;
            known = new Job(id, isSaid && requested.TryGetInt64(out long count) && count > 0 ? count : null);
        }

        return ids.ValueKind == JsonValueKind.String ? ReadRanges(ids.GetString(), known, out message) : ReadKeys(ids, known, out message);
    }

    private static string? ReadRanges(string? text, Job? job, out QueueMessage? message)
    {
        message = null;
        if (!IdRanges.TryParse(text, out IdRanges? ids, out string? error))
            return error;
        if (ids.Count > MaxIds)
            return TooMany(ids.Count);

        message = new QueueMessage(ids, job);
        return null;
    }

    /// <summary>One ID, or several in an array.</summary>
    private static string? ReadKeys(JsonElement json, Job? job, out QueueMessage? message)
    {
        message = null;
        JsonElement[] elements = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray()] : [json];
        if (elements.Length == 0)
            return "the list of IDs is empty";
        if (elements.Length > MaxIds)
            return TooMany(elements.Length);

        List<ItemKey> keys = [];
        foreach (JsonElement element in elements)
        {
            if (element.ValueKind != elements[0].ValueKind)
                return "the message asks for integers and for texts; the IDs of a resource are either";
            if (element.ValueKind == JsonValueKind.String && KeyRules.FindProblem(element.GetString()!, isText: true) is { } problem)
                return problem;
            if (element.ValueKind == JsonValueKind.String)
                keys.Add(element.GetString()!);
            else if (element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long number) && number > 0)
                keys.Add(number);
            else
                return $"'{Excerpt.Of(element.GetRawText(), 40)}' is not an ID; allowed are integers from 1 to {long.MaxValue}, and texts";
        }

        message = Of(keys, job);
        // It is sent again when some of it is left.
        return message.Encode().Length <= MaxBytes ? null : string.Create(CultureInfo.InvariantCulture, $"the IDs of the message take more than {MaxBytes:N0} bytes");
    }

    private static string TooMany(long count) => string.Create(CultureInfo.InvariantCulture, $"the message asks for {count:N0} IDs, at most {MaxIds:N0} are allowed");
}
