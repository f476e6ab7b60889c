using System.IO.Compression;
using System.Text.Json;
using System.Text.Unicode;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Sources.RabbitMq;
using Ingestion.Upstream;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Fuzzing;

/// <summary>Whatever reads bytes from outside, with what it promises about any of them. A promise that is broken is an exception.</summary>
internal static class Readers
{
    private static readonly RecordTransformer Transformer = new(Resources.Character, Options.Create(new TransformOptions()));

    public static readonly Action<byte[]>[] All = [ReadRecord, SplitArray, ReadCatalog, DecodeMessage, FindTheEnd, Unpack];

    public static void ReadRecord(byte[] body)
    {
        TransformResult result = Transformer.Transform(7, body);
        if (result.Record is not { } record)
        {
            Check(IsOneShortLine(result.Rejection), "a rejection is one short line");
            return;
        }

        Check(result.Rejection is null, "a record is no rejection");
        Check(record.Raw.Length <= body.Length && Utf8.IsValid(record.Raw.Span), "a record is UTF-8");
        using JsonDocument document = JsonDocument.Parse(record.Raw, new JsonDocumentOptions { MaxDepth = RecordReader.MaxDepth });
        Check(IsStorable(document.RootElement), "PostgreSQL can store a record");
        Check(document.RootElement.GetProperty("id").ToString() == "7", "a record is the one that was asked for");
        Check(document.RootElement.GetProperty("origin").GetProperty("name").ValueKind == JsonValueKind.String, "a record has what is required");
    }

    public static void SplitArray(byte[] body)
    {
        var array = RecordList.Split(Resources.Character, body);
        if (array.Problem is { } problem)
        {
            Check(problem.Length > 0, "a problem has words");
            return;
        }

        Check(!JsonProblem.IsCutShort(body), "an array that was split is whole");
        array.AllAreOf([7, 1]);
        foreach (int id in (int[])[7, 1, 0])
        {
            if (array.Find(id) is not { } record)
                continue;

            Check(record.Span is [(byte)'{', .., (byte)'}'], "a record is an object");
            Transformer.Transform(id, record);
        }
    }

    public static void ReadCatalog(byte[] body)
    {
        Uri root = new("https://rickandmortyapi.com/api/");
        try
        {
            CatalogPage page = new CatalogReader(Resources.Character, Resources.Character.Catalog!, new UpstreamAddress(root, Resources.Character)).Read(body, root);
            Check(page.Count is null or >= 0, "a count is a count");
            Check(page.Next is null || UpstreamAddress.IsSameServer(root, page.Next), "the next page is on the same server");
        }
        catch (Exception exception) when (exception is FormatException or System.Text.Json.JsonException)
        {
            // It is no page.
        }
    }

    public static void DecodeMessage(byte[] body)
    {
        if (!QueueMessage.TryDecode(body, hasTextKeys: body.Length % 2 == 0, out QueueMessage? message, out string? problem))
        {
            Check(problem.Length > 0 && !problem.Any(char.IsControl), "a problem is one line");
            return;
        }

        Check(message.Count is > 0 and <= QueueMessage.MaxIds, "a message has IDs, and not too many");
        Check(QueueMessage.TryDecode(message.Encode(), message.Ids is null, out QueueMessage? again, out _), "what was understood can be said");
        Check(again!.Keys.SequenceEqual(message.Keys) && again.Job == message.Job, "and is understood as the same");
    }

    /// <summary>What is whole does not count as cut short, and what is no JSON does not either; every part of a whole object or array does.</summary>
    public static void FindTheEnd(byte[] body)
    {
        bool isCutShort = JsonProblem.IsCutShort(body);
        if (body.AsSpan().TrimEnd(" \t\r\n"u8) is not [.., (byte)'}' or (byte)']'])
            return;

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            Check(!isCutShort, "what is whole is not cut short");
            int start = body.AsSpan().IndexOfAny("{["u8) + 1;
            int end = body.AsSpan().TrimEnd(" \t\r\n"u8).Length;
            if (document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                Check(JsonProblem.IsCutShort(body.AsSpan(0, start + ((end - start) / 2))) && JsonProblem.IsCutShort(body.AsSpan(0, end - 1)), "a part is cut short");
        }
        catch (JsonException)
        {
        }
    }

    /// <summary>The bytes as they are, which are no gzip, and as a part of a gzip stream. Not all of them, for packing takes longer than everything else here.</summary>
    public static void Unpack(byte[] body)
    {
        if (body.Length == 0 || body.Length % 8 != 0)
            return;

        Unpack([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, .. body], isWhole: null);
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(body);
        byte[] packed = stream.ToArray();
        Unpack(packed, isWhole: true);
        Unpack(packed[..(1 + (body[0] % (packed.Length - 1)))], isWhole: false);
    }

    private static void Unpack(byte[] packed, bool? isWhole)
    {
        using AttemptDeadline deadline = new(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        using BodyShare share = new(new BodyMemory(1 << 20));
        try
        {
            BodyReader.UnpackAsync(packed, 1 << 20, share, async: false, deadline).AsTask().GetAwaiter().GetResult();
            Check(isWhole ?? true, "what was unpacked was whole");
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            Check(exception is EndOfStreamException ? isWhole is not true : isWhole is null, "what is whole is unpacked, and what is not has no end");
        }
    }

    private static bool IsOneShortLine(string? reason) => reason is { Length: > 0 and <= Excerpt.MaxLength } && !reason.Any(char.IsControl);

    private static bool IsStorable(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => !value.GetString()!.Contains('\0', StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().All(IsStorable),
        JsonValueKind.Object => value.EnumerateObject().All(member => !member.Name.Contains('\0', StringComparison.Ordinal) && IsStorable(member.Value)),
        _ => true,
    };

    private static void Check(bool promise, string words)
    {
        if (!promise)
            throw new InvalidOperationException($"broken promise: {words}");
    }
}
