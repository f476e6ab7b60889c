using System.Collections.Concurrent;
using System.Net;
using Ingestion.Records;

namespace Ingestion.Upstream;

/// <summary>
/// One HTTP attempt per call. The blocking and the non-blocking form run the same code: with <c>async: false</c> nothing in it awaits
/// anything unfinished, so it completes on the calling thread before it returns.
/// </summary>
internal sealed class UpstreamClient : IUpstream, IDisposable
{
    /// <summary>However many records an answer has, this much of it fits into memory at most, in bytes.</summary>
    private const int MaxBytesForSeveral = 64 * 1024 * 1024;

    private static readonly string UserAgent = $"IngestionService/{typeof(UpstreamClient).Assembly.GetName().Version?.ToString(2)}";

    // Not an HttpClient: its own timeout and its default headers would cost allocations per request, and nothing here needs them.
    private readonly HttpMessageInvoker _http;
    private readonly UpstreamOptions _options;
    private readonly TimeProvider _time;
    private readonly Resource _resource;
    private readonly UpstreamConnector _connector = new();

    // What stands between, as the environment says (HTTPS_PROXY, NO_PROXY …), or null.
    private readonly Uri? _proxy;
    private readonly BodyMemory _memory;
    private readonly OAuthTokens? _tokens;

    /// <summary>Those that no attempt uses: no more than there were requests at once.</summary>
    private readonly ConcurrentQueue<AttemptDeadline> _deadlines = [];

    public UpstreamClient(IOptions<UpstreamOptions> options, Resource resource, TimeProvider time, BodyMemory? memory = null, IOptions<OAuthOptions>? access = null)
    {
        _options = options.Value;
        _time = time;
        _resource = resource;
        _memory = memory ?? BodyMemory.For(_options);
        Address = new UpstreamAddress(_options.BaseAddress, resource);
        if (access?.Value.TokenUrl is not null)
            _tokens = new OAuthTokens(access.Value, _options.AttemptTimeout, time, UpstreamHandlerFactory.Create(_options, new UpstreamConnector()));
        SocketsHttpHandler sockets = UpstreamHandlerFactory.Create(_options, _connector);
        bool isOpen = _tokens is null && _options.Headers.Count == 0 && _options.Query.Count == 0;
        _http = new HttpMessageInvoker(isOpen ? sockets : new AccessHandler(_options, _tokens, sockets));
        _proxy = HttpClient.DefaultProxy.IsBypassed(Address.Root) ? null : HttpClient.DefaultProxy.GetProxy(Address.Root);
    }

    public UpstreamAddress Address { get; }

    public FetchResult Fetch(FetchRequest request, CancellationToken abort)
    {
        ValueTask<FetchResult> fetch = GetAsync(request, async: false, abort);
        System.Diagnostics.Debug.Assert(fetch.IsCompleted, "The blocking form must not leave the calling thread.");
        return fetch.GetAwaiter().GetResult();
    }

    public ValueTask<FetchResult> FetchAsync(FetchRequest request, CancellationToken abort) => GetAsync(request, async: true, abort);

    public ValueTask<FetchResult> FetchCatalogAsync(Uri page, int maxBytes, CancellationToken abort) =>
        GetAsync(page, maxBytes, _options.AttemptTimeout, async: true, abort);

    public void Dispose()
    {
        _http.Dispose();
        _tokens?.Dispose();
    }

    private ValueTask<FetchResult> GetAsync(FetchRequest request, bool async, CancellationToken abort) =>
        GetAsync(Address.Of(request), LimitFor(request), request.TimeLeft, async, abort, request.EntityTag);

    private int LimitFor(FetchRequest request) => request.Several is { } several
        ? (int)Math.Min((long)_options.MaxResponseBytes * several.Count, Math.Min(MaxBytesForSeveral, _memory.Bytes))
        : _options.MaxResponseBytes;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FetchResult> GetAsync(
        Uri asked, int limit, TimeSpan timeLeft, bool async, CancellationToken abort, string? entityTag = null)
    {
        Uri address = asked;
        abort.ThrowIfCancellationRequested();
        TimeSpan timeout = timeLeft < _options.AttemptTimeout ? timeLeft : _options.AttemptTimeout;
        AttemptDeadline deadline = _deadlines.TryDequeue(out AttemptDeadline? used) ? used : new AttemptDeadline(_time);
        deadline.Begin(timeout, abort);
        var share = new BodyShare(_memory);
        FetchResult? result = null;
        Quota? quota = null;
        try
        {
            for (int redirects = 0; ; redirects++)
            {
                // A blocking request cannot share a connection with others: HTTP/2 is for the non-blocking form, where the server offers it with TLS.
                using var request = new HttpRequestMessage(HttpMethod.Get, address)
                {
                    Version = async ? HttpVersion.Version20 : HttpVersion.Version11,
                    VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
                };
                request.Headers.TryAddWithoutValidation("User-Agent", UserAgent);
                request.Headers.TryAddWithoutValidation("Accept", "application/json");
                request.Headers.TryAddWithoutValidation("Accept-Encoding", BodyReader.AcceptedEncoding);
                if (redirects > 0)
                    request.Options.Set(AccessHandler.IsRedirected, true);
                if (entityTag is not null)
                    request.Headers.TryAddWithoutValidation("If-None-Match", entityTag);

                using HttpResponseMessage response = async
                    ? await _http.SendAsync(request, deadline.Token)
                    : _http.Send(request, deadline.Token);
                quota = QuotaHeaders.Read(response, _time);
                if (response.StatusCode == HttpStatusCode.NotModified && entityTag is not null)
                    return result = FetchResult.NotModified();
                if (!IsRedirect(response.StatusCode))
                    return result = await ReadAsync(response, limit, share, async, deadline);

                if (!Uri.TryCreate(address, response.Headers.Location, out Uri? target)
                    || redirects == UpstreamAddress.MaxRedirects || !UpstreamAddress.IsSameServer(address, target))
                    return result = Failed(FetchFailures.RedirectRefused(asked, address, target, Address.Root), response);

                await DrainAsync(response, async, deadline);
                address = target;
            }
        }
        catch (Exception exception)
        {
            abort.ThrowIfCancellationRequested();
            // The pool stops connecting after the same time, and may be the first to do so.
            bool isTooLate = deadline.IsCancellationRequested;
            FetchFailure? failure = (isTooLate || exception is OperationCanceledException) && !_connector.HasConnected ? FetchFailures.NotConnected(timeout, address, _proxy)
                : isTooLate ? FetchFailures.Timeout(timeout)
                : FetchFailures.FromException(exception, address, _proxy);
            if (failure is null)
                throw;
            return result = FetchResult.Failed(failure);
        }
        finally
        {
            if (result?.Share is null)
                share.Dispose();
            if (result is not null)
                result.Quota = quota;
            if (deadline.TryEnd())
                _deadlines.Enqueue(deadline);
            else
                deadline.Dispose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FetchResult> ReadAsync(HttpResponseMessage response, int limit, BodyShare share, bool async, AttemptDeadline deadline)
    {
        bool isFound = response.StatusCode == HttpStatusCode.OK;
        if (!isFound && !_resource.NotFound.Contains((int)response.StatusCode))
        {
            FetchFailure failure = FetchFailures.FromStatus(response, _options.MaxRetryAfter, _time, Address.Root, _proxy);
            byte[]? page = await DrainAsync(response, async, deadline);
            return Failed(FetchFailures.WithPage(failure, page, Address.Root), response, page);
        }

        if (!BodyReader.TryCountPackings(response.Content, out int packings, out string encoding))
            return Failed(FetchFailures.EncodingRefused(encoding), response);

        byte[]? bytes = await ReadBodyAsync(response, limit, share, async, deadline);
        for (; packings > 0 && bytes is not null; packings--)
            bytes = await BodyReader.UnpackAsync(bytes, limit, share, async, deadline);
        if (bytes is null)
            return Failed(FetchFailures.TooLarge(limit), response);

        share.Keep(bytes.Length);
        ReadOnlyMemory<byte> body = WithoutByteOrderMark(bytes);
        if (!isFound && !_resource.IsNotFoundJson)
            return FetchResult.Missing((int)response.StatusCode);
        if (JsonProblem.IsCutShort(body.Span) || (isFound && body.Trim(" \t\r\n"u8).IsEmpty && EndsWithConnection(response)))
            return Failed(FetchFailures.CutShort(bytes.Length, Address.Root), response, body);
        if (isFound)
            return FetchResult.Found(body, EntityTag.Of(response), share, response);

        return IsJsonObject(body.Span) ? FetchResult.Missing((int)response.StatusCode) : Failed(FetchFailures.NotTheApi(Address.Root), response, body);
    }

    private static FetchResult Failed(FetchFailure failure, HttpResponseMessage response, ReadOnlyMemory<byte> body = default) =>
        FetchResult.Failed(failure with { Answer = new AnswerExcerpt(response, body) });

    /// <summary>Whether nothing in the answer says where it ends: then one that broke off looks like a shorter one.</summary>
    private static bool EndsWithConnection(HttpResponseMessage response) =>
        response.Version < HttpVersion.Version20 && response.Content.Headers.ContentLength is null && response.Headers.TransferEncodingChunked is not true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<byte[]?> ReadBodyAsync(HttpResponseMessage response, int limit, BodyShare? share, bool async, AttemptDeadline deadline)
    {
        if (async)
            return await BodyReader.ReadAsync(response.Content, limit, share, async, deadline);

        // A blocking read of the body takes no token: what interrupts it is losing the connection. The reader may take that for the
        // end of the body, therefore the token has the last word.
        using (deadline.Token.UnsafeRegister(static response => ((HttpResponseMessage)response!).Dispose(), response))
        {
            byte[]? body = await BodyReader.ReadAsync(response.Content, limit, share, async, deadline);
            deadline.Token.ThrowIfCancellationRequested();
            return body;
        }
    }

    // The body of an error or a redirect changes nothing about it, not even by breaking off.
    private async ValueTask<byte[]?> DrainAsync(HttpResponseMessage response, bool async, AttemptDeadline ofAttempt)
    {
        using var deadline = new AttemptDeadline(BodyReader.MaxDrainTime, _time, ofAttempt.Token);
        try
        {
            return await ReadBodyAsync(response, BodyReader.MaxDrained, share: null, async, deadline);
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException)
        {
            return null;
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => status is
        HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or
        HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    // RFC 8259, section 8.1: nobody may send one, and a reader may ignore it.
    private static ReadOnlyMemory<byte> WithoutByteOrderMark(ReadOnlyMemory<byte> body) =>
        body.Span.StartsWith("\uFEFF"u8) ? body["\uFEFF"u8.Length..] : body;

    // The API says "no such record" in JSON; a web server or proxy that knows nothing of the API answers with a page.
    private static bool IsJsonObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
