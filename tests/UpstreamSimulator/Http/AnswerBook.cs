using System.Text.Encodings.Web;
using System.Text.Json;
using UpstreamSimulator.Characters;
using UpstreamSimulator.Faults;
using UpstreamSimulator.Statistics;

namespace UpstreamSimulator.Http;

/// <summary>Finds the answer to a request: content, error, or fault.</summary>
internal sealed class AnswerBook(SimulatorOptions options, CharacterBook characters, SimulatorStatistics statistics)
{
    private const int PageSize = 20;
    private const int ListId = 0;

    private static readonly ReadOnlyMemory<byte> NotFound = """{"error":"Character not found"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> NothingHere = """{"error":"There is nothing here"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BadId = """{"error":"Hey! you must provide an id"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BadArray = """{"error":"Bad... bad array :/"}"""u8.ToArray();

    /// <summary>The answer, which is decided by the request, the options and how often its IDs were asked for.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="root">The URL the client knows the API by; links to other pages are below it.</param>
    public Answer Find(ApiQuery query, Func<string> root) => query.Kind switch
    {
        ApiQueryKind.One => One(query.Id),
        ApiQueryKind.Several => Several(query.Ids!),
        ApiQueryKind.Page => Page(query.Id, root()),
        ApiQueryKind.Index => Ok(JsonSerializer.SerializeToUtf8Bytes(new { characters = $"{root()}/character" })),
        ApiQueryKind.BadId => new Answer(500, BadId),
        ApiQueryKind.BadArray => new Answer(500, BadArray),
        _ => new Answer(404, NothingHere),
    };

    /// <summary>How long a request takes before it is answered.</summary>
    public TimeSpan LatencyOf(ApiQuery query, int inFlight)
    {
        TimeSpan latency = options.Latency;
        if (options.LatencyJitter > TimeSpan.Zero)
        {
            int id = query.Ids is [var first, ..] ? first : query.Id;
            int request = statistics.Requests(query.Kind == ApiQueryKind.Page ? ListId : id);
            latency += options.LatencyJitter * Randomness.Fraction(Randomness.Bits(options.Seed, id, purpose: unchecked((2 * request) + 1)));
        }

        // Little's law: N in flight, each taking latency × N / capacity, leave at the rate capacity / latency, however many they are.
        return options.Capacity is int capacity && inFlight > capacity ? latency * inFlight / capacity : latency;
    }

    private Answer One(int id)
    {
        Fault fault = Decide(id);
        if (characters.Find(id) is not { } character)
            return fault.Kind == FaultKind.None ? new Answer(404, NotFound) : Broken(fault, 404, NotFound);

        return fault.Kind == FaultKind.None
            ? new Answer(200, character.Body, character.ETag, DeliveredId: id)
            : Broken(fault, 200, Record(character, fault)) with { DeliveredId = IsDelivered(fault) ? id : 0 };
    }

    private Answer Several(int[] ids)
    {
        List<ReadOnlyMemory<byte>> records = [];
        List<int> delivered = [];
        Fault worst = default;
        foreach (int id in ids)
        {
            Fault fault = Decide(id);
            if (worst.Kind == FaultKind.None && !IsOfRecord(fault))
                worst = fault;
            if (characters.Find(id) is not { } character)
                continue;
            records.Add(Record(character, fault));
            if (fault.Kind is not (FaultKind.WrongId or FaultKind.Spoiled))
                delivered.Add(id);
        }

        Answer answer = Broken(worst, 200, Join(records));
        return worst.Kind == FaultKind.None ? Ok(answer.Body) with { DeliveredIds = delivered } : answer with { DeliveredIds = IsDelivered(worst) ? delivered : [] };
    }

    private Answer Page(int page, string root)
    {
        int pages = (characters.Count + PageSize - 1) / PageSize;
        Fault fault = Decide(ListId);
        if (page > Math.Max(pages, 1))
            return Broken(fault, 404, NothingHere);

        int first = ((page - 1) * PageSize) + 1;
        int length = Math.Min(PageSize, characters.Count - first + 1);
        byte[] results = Join([.. Enumerable.Range(first, length).Select(id => (ReadOnlyMemory<byte>)characters.Find(id)!.Body)]);

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("info");
            json.WriteNumber("count", characters.Count);
            json.WriteNumber("pages", pages);
            json.WriteString("next", page < pages ? $"{root}/character?page={page + 1}" : null);
            json.WriteString("prev", page > 1 ? $"{root}/character?page={page - 1}" : null);
            json.WriteEndObject();
            json.WritePropertyName("results");
            json.WriteRawValue(results, skipInputValidation: true);
            json.WriteEndObject();
        }

        byte[] body = stream.ToArray();
        return fault.Kind == FaultKind.None ? Ok(body) : Broken(fault, 200, body);
    }

    // What is laid down for an ID goes before chance.
    private Fault Decide(int id)
    {
        int request = statistics.AddRequest(id);
        return options.Faults.Find(id)?.At(request) ?? options.ErrorRates.Decide(options.Seed, id, request);
    }

    private byte[] Record(RenderedCharacter character, Fault fault) => fault.Kind switch
    {
        FaultKind.WrongId => characters.WithWrongId(character.Id),
        FaultKind.Nul => characters.WithNulInName(character.Id),
        FaultKind.Spoiled => SpoiledRecords.Spoil(fault.Name!, character.Body),
        _ => character.Body,
    };

    private static Answer Ok(ReadOnlyMemory<byte> body) => new(200, body, RenderedCharacter.ETagOf(body.Span));

    private static Answer Broken(Fault fault, int status, ReadOnlyMemory<byte> body) =>
        new(fault.Kind == FaultKind.Status ? fault.Status : status, body, Fault: fault);

    private static bool IsOfRecord(Fault fault) => fault.Kind is FaultKind.WrongId or FaultKind.Nul or FaultKind.Spoiled;

    private static bool IsDelivered(Fault fault) => fault.Kind is FaultKind.Nul or FaultKind.Slow;

    private static byte[] Join(List<ReadOnlyMemory<byte>> records)
    {
        using var array = new MemoryStream();
        array.WriteByte((byte)'[');
        foreach (ReadOnlyMemory<byte> record in records)
        {
            if (array.Length > 1)
                array.WriteByte((byte)',');
            array.Write(record.Span);
        }

        array.WriteByte((byte)']');
        return array.ToArray();
    }
}
