using System.Text.Encodings.Web;
using UpstreamSimulator.Records;

namespace UpstreamSimulator.Http;

/// <summary>Finds the answer to a request: content, error, or fault.</summary>
internal sealed class AnswerBook(
    SimulatorOptions options, IReadOnlyDictionary<Collection, RecordBook> books, BearerTokens tokens, SimulatorStatistics statistics)
{
    private const int PageSize = 20;

    // Pages and tokens have no ID.
    private const int NoId = 0;

    public static readonly ReadOnlyMemory<byte> NothingHere = """{"error":"There is nothing here"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BadId = """{"error":"Hey! you must provide an id"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> NoToken = """{"error":"Unauthorized"}"""u8.ToArray();
    private static readonly ReadOnlyMemory<byte> BadArray = """{"error":"Bad... bad array :/"}"""u8.ToArray();

    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The answer, which is decided by the request, the options and how often its IDs were asked for.</summary>
    public Answer Find(ApiQuery query, HttpRequest request) => query.Kind switch
    {
        _ when query.Collection is { WantsToken: true } && !tokens.IsValid(request.Headers.Authorization) => new Answer(401, NoToken),
        ApiQueryKind.One => One(query.Collection!, query.Id),
        ApiQueryKind.Several => Several(books[query.Collection!], query.Ids!),
        ApiQueryKind.Page => Page(query.Collection!, query.Id, Root(request)),
        ApiQueryKind.Index => Ok(JsonSerializer.SerializeToUtf8Bytes(Collection.All.ToDictionary(
            collection => collection.KeyOf is null ? $"{collection.Name}s" : collection.Name, collection => $"{Root(request)}/{collection.Name}"))),
        ApiQueryKind.BadId => new Answer(500, BadId),
        ApiQueryKind.BadArray => new Answer(500, BadArray),
        _ => new Answer(404, NothingHere),
    };

    public async Task<Answer> TokenAsync(HttpRequest request)
    {
        statistics.AddTokenRequest();
        Fault fault = Decide(NoId);
        (int status, byte[] body) = await tokens.IssueAsync(request);
        return Broken(fault, status, body);
    }

    public TimeSpan LatencyOf(ApiQuery query, int inFlight)
    {
        TimeSpan latency = options.Latency;
        if (options.LatencyJitter > TimeSpan.Zero)
        {
            int id = query.Ids is [var first, ..] ? first : query.Id;
            int request = statistics.Requests(query.Kind == ApiQueryKind.Page ? NoId : id);
            latency += options.LatencyJitter * Randomness.Fraction(Randomness.Bits(options.Seed, id, purpose: unchecked((2 * request) + 1)));
        }

        // Little's law: N in flight, each taking latency × N / capacity, leave at the rate capacity / latency, however many they are.
        return options.Capacity is int capacity && inFlight > capacity ? latency * inFlight / capacity : latency;
    }

    // The URL the client knows the API by.
    private static string Root(HttpRequest request) => $"{request.Scheme}://{request.Host}{ApiQuery.Root}";

    private Answer One(Collection collection, int id)
    {
        RecordBook book = books[collection];
        Fault fault = Decide(id);
        if (book.Find(id) is not { } record)
            return Broken(fault, 404, collection.NotFound);

        ReadOnlyMemory<byte> body = Record(book, record, fault);
        if (collection.HasEnvelope) // Whose other half is never the same.
            body = (byte[])[.. "{\"data\":"u8, .. body.Span, .. Encoding.ASCII.GetBytes($",\"meta\":{{\"request\":{statistics.TotalRequests}}}}}")];

        return fault.Kind == FaultKind.None
            ? new Answer(200, body, collection.HasEnvelope ? null : record.ETag, DeliveredId: id)
            : Broken(fault, 200, body) with { DeliveredId = IsDelivered(fault) ? id : 0 };
    }

    private Answer Several(RecordBook book, int[] ids)
    {
        List<ReadOnlyMemory<byte>> records = [];
        List<int> delivered = [];
        Fault worst = default;
        foreach (int id in ids)
        {
            Fault fault = Decide(id);
            if (worst.Kind == FaultKind.None && !IsOfRecord(fault))
                worst = fault;
            if (book.Find(id) is not { } record)
                continue;
            records.Add(Record(book, record, fault));
            if (fault.Kind is not (FaultKind.WrongId or FaultKind.Spoiled))
                delivered.Add(id);
        }

        Answer answer = Broken(worst, 200, Join(records));
        return worst.Kind == FaultKind.None ? Ok(answer.Body) with { DeliveredIds = delivered } : answer with { DeliveredIds = IsDelivered(worst) ? delivered : [] };
    }

    private Answer Page(Collection collection, int page, string root)
    {
        RecordBook book = books[collection];
        int pages = (book.Count + PageSize - 1) / PageSize;
        Fault fault = Decide(NoId);
        if (page > Math.Max(pages, 1))
            return Broken(fault, 404, NothingHere);

        int first = ((page - 1) * PageSize) + 1;
        int length = Math.Min(PageSize, book.Count - first + 1);
        IEnumerable<RenderedRecord> records = Enumerable.Range(first, length).Select(book.Find).OfType<RenderedRecord>();
        int? next = page == options.RepeatPage ? page : page < pages ? page + 1 : null;
        byte[] body = collection.HasGaps
            ? PageOfIds(records, next is null ? null : $"{collection.Path}?page={next}")
            : PageOfRecords(records, book.Count, pages, next is null ? null : $"{root}/{collection.Name}?page={next}", page > 1 ? $"{root}/{collection.Name}?page={page - 1}" : null);
        return fault.Kind == FaultKind.None ? Ok(body) : Broken(fault, 200, body);
    }

    private static byte[] PageOfIds(IEnumerable<RenderedRecord> records, string? next) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        items = records.Select(record => new { @ref = new { id = record.Number } }),
        links = next is null ? [] : new Dictionary<string, string> { ["next"] = next },
    });

    private static byte[] PageOfRecords(IEnumerable<RenderedRecord> records, int count, int pages, string? next, string? prev)
    {
        byte[] info = JsonSerializer.SerializeToUtf8Bytes(new { count, pages, next, prev }, Unescaped);
        return [.. "{\"info\":"u8, .. info, .. ",\"results\":"u8, .. Join([.. records.Select(record => (ReadOnlyMemory<byte>)record.Body)]), .. "}"u8];
    }

    // What is laid down for an ID goes before chance.
    private Fault Decide(int id)
    {
        int request = statistics.AddRequest(id);
        return options.Faults.Find(id)?.At(request) ?? options.ErrorRates.Decide(options.Seed, id, request);
    }

    private static byte[] Record(RecordBook book, RenderedRecord record, Fault fault) => fault.Kind switch
    {
        FaultKind.WrongId => book.WithWrongId(record.Number),
        FaultKind.Nul => book.WithNulInName(record.Number),
        FaultKind.Spoiled => SpoiledRecords.Spoil(fault.Name!, record.Body),
        _ => record.Body,
    };

    private static Answer Ok(ReadOnlyMemory<byte> body) => new(200, body, RenderedRecord.ETagOf(body.Span));

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
