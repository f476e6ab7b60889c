namespace TestSupport.Upstream;

/// <summary>Every answer the simulator can be told to give instead of a record, and what must become of it. The limit for a body is 1 MiB.</summary>
public static class HostileAnswers
{
    private const string Ingested = "Ingested";
    private const string NotFound = "NotFound";
    private const string Failed = "Failed";

    private const string Lost = "ConnectionLost";
    private const string Late = "Timeout";
    private const string TooLarge = "BodyTooLarge";
    private const string Server = "ServerError";
    private const string Client = "ClientError";
    private const string Redirect = "RedirectRefused";
    private const string Unexpected = "UnexpectedResponse";

    private const string Reset = "connection reset ({server})";
    private const string Ended = "the connection ended before the answer was complete ({server})";
    private const string NoAnswer = "no complete answer within {timeout}";
    private const string LargeBody = "the body is larger than Upstream:MaxResponseBytes (1048576 bytes)";
    private const string LongHeaders = "the answer's headers are too long ({server})";
    private const string NotHttp = "the answer is not valid HTTP ({server})";
    private const string CutShort = "the body is cut short after # bytes ({server})";
    private const string NotPacked = "the body cannot be decompressed ({server})";

    public static IReadOnlyList<HostileAnswer> All { get; } =
    [
        // Statuses.
        new("500", Failed, Server, "HTTP 500"),
        new("502", Failed, Server, "HTTP 502"),
        new("503", Failed, Server, "HTTP 503"),
        new("408", Failed, "RequestTimeout", "HTTP 408"),
        new("403", Failed, Client, "HTTP 403"),
        new("404", NotFound, "", ""),
        new("no-content", Failed, Unexpected, "HTTP 204, which is no answer to this request"),
        new("partial", Failed, Unexpected, "HTTP 206, which is no answer to this request"),
        new("not-modified", Failed, Unexpected, "HTTP 304, which is no answer to this request"),
        new("switching", Failed, Unexpected, "HTTP 101, which is no answer to this request"),

        // Connections that break.
        new("reset", Failed, Lost, Reset),
        new("reset-headers", Failed, Lost, Reset),
        new("reset-body", Failed, Lost, Reset),
        new("truncated", Failed, Lost, Ended),

        // Answers without end.
        new("hang", Failed, Late, NoAnswer),
        new("slow", Failed, Late, NoAnswer),
        new("slow-headers", Failed, Late, NoAnswer),
        new("drip", Failed, Late, NoAnswer),
        new("endless-header", Failed, Unexpected, LongHeaders),
        new("endless-headers", Failed, Unexpected, LongHeaders),
        new("endless-interim", Failed, Unexpected, LongHeaders),
        new("endless-trailers", Failed, Unexpected, LongHeaders),
        new("endless-chunk-size", Failed, Unexpected, NotHttp),
        new("error-drip", Failed, Server, "HTTP 500"),
        new("error-endless", Failed, Server, "HTTP 500"),
        new("error-huge", Failed, Server, "HTTP 500"),

        // Bodies over the limit.
        new("oversize", Failed, TooLarge, LargeBody),
        new("oversize-chunked", Failed, TooLarge, LargeBody),
        new("huge", Failed, TooLarge, LargeBody),
        new("huge-chunked", Failed, TooLarge, LargeBody),
        new("gzip-bomb", Failed, TooLarge, LargeBody),
        new("gzip-dense", Failed, TooLarge, LargeBody),
        new("gzip-endless", Failed, TooLarge, LargeBody),

        // Answers that are not what they say.
        new("not-http", Failed, Unexpected, NotHttp),
        new("bad-chunk", Failed, Unexpected, NotHttp),
        new("short-length", Failed, Lost, CutShort),
        new("two-lengths", Failed, Lost, CutShort),
        new("negative-length", Ingested, "", ""),
        new("gzip", Ingested, "", ""),
        new("gzip-corrupt", Failed, Unexpected, NotPacked),
        new("gzip-cut", Failed, Lost, Ended),
        new("encoding", Failed, Unexpected, "the body is encoded as 'br [31m', which was not asked for"),
        new("type", Ingested, "", ""),
        new("charset", Ingested, "", ""),
        new("folded-header", Ingested, "", ""),
        new("split-header", Ingested, "", ""),
        new("no-colon", Failed, Unexpected, NotHttp),

        // Redirects.
        new("redirect", Failed, Redirect, "a redirect to another server is not followed: http://other-host.invalid/api/character/{id}"),
        new("redirect-here", Failed, Redirect, "more than 3 redirects"),
        new("redirect-escapes", Failed, Redirect, "a redirect to another server is not followed: http://other-host.invalid/%1B[31m%E2%80%AE"),
        new("redirect-broken", Failed, Redirect, "a redirect without a usable Location"),
        new("redirect-scheme", Failed, Redirect, "a redirect to another server is not followed: javascript:alert(1)"),
        new("status-escapes", Failed, Client, "HTTP 400"),

        // Bodies that are no JSON.
        new("empty", Failed, "", "the body is empty"),
        new("html", Failed, "", "the body is not JSON: '<' is an invalid start of a value, at byte 0"),
        new("cut-json", Failed, Lost, CutShort),
        new("twice", Failed, "", "the body is not JSON: '{' is invalid after a single JSON value. Expected end of data, at byte #"),
        new("utf-16", Failed, "", "the body is not JSON: *"),
        new("invalid-utf8", Failed, "", "the body is not JSON: it is not valid UTF-8"),
        new("nul-byte", Failed, "", "the body is not JSON: '0x00' is invalid within a JSON string. The string should be correctly escaped, at byte #"),
        new("deep", Failed, "", "the body is not JSON: The maximum configured depth of 256 has been exceeded. Cannot read next JSON array, at byte #"),
        new("bom", Ingested, "", ""),

        // JSON that is not the character.
        new("array", Failed, "", "the body is an array, not an object"),
        new("wrong-shape", Failed, "", "'id' is a string, not a number"),
        new("wrong-id", Failed, "", "the record has id #, not {id}"),
        new("huge-id", Failed, "", "'id' is not an integer an ID can be"),
        new("missing-field", Failed, "", "'species' is missing"),
        new("null-field", Failed, "", "'species' is null, not a string"),
        new("duplicate-key", Failed, "", "the key 'name' comes twice"),
        new("control-keys", Failed, "", "the key ' [31m   ' comes twice"),
        new("many-keys", Failed, "", "an object has more than 1000 keys"),
        new("bad-date", Failed, "", "PostgreSQL rejected the row: date/time field value out of range: * (SQLSTATE 22008)"),
        new("date-out-of-range", Ingested, "", ""),
        new("first-date", Ingested, "", ""),
        new("unknown-fields", Ingested, "", ""),
        new("control-text", Ingested, "", ""),
        new("nul", Ingested, "", ""),
        new("nul-everywhere", Ingested, "", ""),
        new("lone-surrogate", Ingested, "", ""),

        // Only PostgreSQL can tell.
        new("huge-number", Failed, "", "PostgreSQL rejected the row: value overflows numeric format (SQLSTATE 22003)"),
    ];
}
