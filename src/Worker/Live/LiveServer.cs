using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Worker.Live;

/// <summary>
/// Serves the live page and its stream of frames, and takes what the page asks for where that is allowed. A page elsewhere cannot read them through the visitor's browser: it would have to ask by a name
/// that it has pointed to this machine (DNS rebinding), and only names known here are answered.
/// </summary>
internal sealed class LiveServer(IOptions<LiveOptions> options, LiveViewers viewers, BrowserWish wish, ILogger<LiveServer> logger, LiveControl? control = null) : IHostedService
{
    private const string PagePath = "/";
    private const string EventsPath = "/events";
    private const string ControlPath = "/control/";

    private static readonly (int Status, string Text) Unknown = (StatusCodes.Status403Forbidden, "ask for this page by an address, by localhost, or by what Live:Host is");
    private static readonly (int Status, string Text) TooMuch = (StatusCodes.Status400BadRequest, $"at most {LiveControl.MaxBytes} bytes");

    /// <summary>How soon a page whose worker is gone looks for it again.</summary>
    private static readonly byte[] Hello = "retry: 1000\n\n"u8.ToArray();

    private static readonly byte[] Farewell = "event: over\ndata: {}\n\n"u8.ToArray();

    private byte[] _page = [];
    private WebServer? _server;

    /// <summary>Where the page is; null when there is none.</summary>
    public Uri? Address { get; private set; }

    private string Host => options.Value.Host;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.Port is not { } port)
            return;

        IPAddress address = await FindAddressAsync(cancellationToken);
        if (options.Value is { Control: true, Token: null } && !IPAddress.IsLoopback(address))
            throw new IngestionConfigurationException($"{LiveOptions.Section}:Control is true and {LiveOptions.Section}:Host is '{Host}', which others can reach; set {LiveOptions.Section}:Token to 16 characters or more that only you know, or {LiveOptions.Section}:Host to {LiveOptions.Loopback}");
        _page = LivePage.Render(control?.Page);
        _server = await WebServer.ListenAsync(address, port, AnswerAsync, $"{LiveOptions.Section}:Port is {port} on {Host}", "0 for any free one", cancellationToken);
        bool isEverywhere = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
        Address = new UriBuilder(Uri.UriSchemeHttp, isEverywhere ? LiveOptions.Loopback : Host, _server.Port).Uri;
        if (Terminal.IsInteractive)
            await Console.Error.WriteLineAsync($"Watch it live: {Address}");
        else
            Log.LivePage(logger, Address);
        if (wish.IsWished)
            BrowserWish.Open(Address);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        viewers.Close();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private async Task<IPAddress> FindAddressAsync(CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(Host == LiveOptions.Loopback ? "127.0.0.1" : Host, out IPAddress? address))
            return address;

        try
        {
            return (await Dns.GetHostAddressesAsync(Host, cancellationToken))[0];
        }
        catch (Exception e) when (e is SocketException or ArgumentException or IndexOutOfRangeException)
        {
            throw new IngestionConfigurationException($"{LiveOptions.Section}:Host is '{Host}', which is neither an address nor a name that has one; choose {LiveOptions.Loopback}, an address of this machine, or 0.0.0.0 for all of them");
        }
    }

    private Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        bool isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        return request.Path.Value switch
        {
            { } path when control?.Page is not null && path.StartsWith(ControlPath, StringComparison.Ordinal) => ControlAsync(context, control, path[ControlPath.Length..]),
            not (PagePath or EventsPath) => SayAsync(context, StatusCodes.Status404NotFound, $"only {PagePath} and {EventsPath}"),
            _ when !isRead => SayAsync(context, StatusCodes.Status405MethodNotAllowed, "only GET and HEAD"),
            _ when !IsKnown(request.Host.Host) => SayAsync(context, Unknown.Status, Unknown.Text),
            _ when request.Headers.TryGetValue("Sec-Fetch-Site", out StringValues site) && site == "cross-site" && request.Path == EventsPath => SayAsync(context, StatusCodes.Status403Forbidden, "only for the page of this server"),
            PagePath => PageAsync(context),
            _ when HttpMethods.IsHead(request.Method) => Task.CompletedTask,
            _ => StreamAsync(context),
        };
    }

    // No other site can have an address for its name in the browser's eyes.
    private bool IsKnown(string host) =>
        IPAddress.TryParse(host, out _) || host.Equals(LiveOptions.Loopback, StringComparison.OrdinalIgnoreCase) || host.Equals(Host, StringComparison.OrdinalIgnoreCase);

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(text + "\n", context.RequestAborted);
    }

    private Task PageAsync(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        context.Response.ContentLength = _page.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(_page, context.RequestAborted).AsTask();
    }

    private async Task ControlAsync(HttpContext context, LiveControl control, string what)
    {
        HttpRequest request = context.Request;
        (int status, string text) = (StatusCodes.Status405MethodNotAllowed, "only POST");
        if (HttpMethods.IsPost(request.Method))
            (status, text) = !IsKnown(request.Host.Host) ? Unknown : control.Guard.Refuse(request) ?? (await BodyAsync(request) is { } body ? control.Ask(what, body, context.Connection.RemoteIpAddress) : TooMuch);
        await SayAsync(context, status, text);
    }

    private static async Task<string?> BodyAsync(HttpRequest request)
    {
        byte[] bytes = new byte[LiveControl.MaxBytes + 1];
        int length = request.ContentLength > LiveControl.MaxBytes ? bytes.Length : await request.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length < bytes.Length ? Encoding.UTF8.GetString(bytes, 0, length) : null;
    }

    private async Task StreamAsync(HttpContext context)
    {
        if (viewers.Join() is not { } viewer)
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, $"{LiveViewers.Most} viewers are watching, which is the most; close one of them");
            return;
        }

        context.Response.ContentType = "text/event-stream";
        try
        {
            await context.Response.Body.WriteAsync(Hello, context.RequestAborted);
            await foreach (ReadOnlyMemory<byte> frame in viewer.Reader.ReadAllAsync(context.RequestAborted))
                await context.Response.Body.WriteAsync(frame, context.RequestAborted);
            await context.Response.Body.WriteAsync(Farewell, context.RequestAborted);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The viewer has gone.
        }
        finally
        {
            viewers.Leave(viewer);
        }
    }
}
