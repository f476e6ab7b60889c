using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using TestSupport.Processes;

namespace Chaos;

/// <summary>A Chromium that has the live page of a worker open, asked by way of the DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) what the page holds.</summary>
internal sealed class Viewer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly CapturedProcess _browser;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _page = new();
    private int _asked;

    private Viewer(CapturedProcess browser, DirectoryInfo profile) => (_browser, _profile) = (browser, profile);

    /// <summary>Opens the page.</summary>
    public static async Task<Viewer> OpenAsync(Uri page)
    {
        DirectoryInfo profile = Directory.CreateTempSubdirectory("ingestion-viewer-");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("CHROMIUM") ?? "chromium");
        foreach (string argument in (string[])["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", page.AbsoluteUri])
            start.ArgumentList.Add(argument);
        Viewer viewer = new(new CapturedProcess(start), profile);
        string line = await viewer._browser.WaitForOutputAsync(text => text.Contains("DevTools listening on", StringComparison.Ordinal), Patience);
        Uri browser = new(line[line.IndexOf("ws://", StringComparison.Ordinal)..]);
        await viewer._page.ConnectAsync(await FindAsync(new Uri($"http://{browser.Authority}/json/list"), page), CancellationToken.None);
        return viewer;
    }

    /// <summary>What the page holds once its garbage is collected.</summary>
    public async Task<PageSample> LookAsync()
    {
        await AskAsync("HeapProfiler.collectGarbage");
        JsonNode heap = await AskAsync("Runtime.getHeapUsage");
        JsonNode counters = await AskAsync("Memory.getDOMCounters");
        return new PageSample(heap["usedSize"]!.GetValue<double>() / (1 << 20), counters["nodes"]!.GetValue<int>());
    }

    /// <summary>An expression in the page, as text.</summary>
    public async Task<string> EvaluateAsync(string expression)
    {
        JsonNode answer = await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = $"String({expression})", ["returnByValue"] = true });
        return answer["result"]!["value"]?.GetValue<string>() ?? throw new ChaosException($"the page cannot say {expression}: {answer.ToJsonString()}");
    }

    public async ValueTask DisposeAsync()
    {
        _page.Dispose();
        await _browser.DisposeAsync();
        _profile.Delete(recursive: true);
    }

    private static async Task<Uri> FindAsync(Uri list, Uri page)
    {
        using HttpClient client = new();
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer looks = new(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        do
        {
            JsonArray targets = (await client.GetFromJsonAsync<JsonArray>(list, patience.Token))!;
            if (targets.FirstOrDefault(target => (string?)target!["type"] == "page" && (string?)target["url"] == page.AbsoluteUri) is { } found)
                return new Uri((string)found["webSocketDebuggerUrl"]!);
        }
        while (await looks.WaitForNextTickAsync(patience.Token));
        throw new ChaosException($"Chromium has no page {page}");
    }

    private async Task<JsonNode> AskAsync(string method, JsonObject? parameters = null)
    {
        int number = ++_asked;
        using CancellationTokenSource patience = new(Patience);
        await _page.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["id"] = number, ["method"] = method, ["params"] = parameters ?? [] }), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        while (true)
        {
            // What is not an answer to this is an event.
            JsonNode message = await ReceiveAsync(patience.Token);
            if (message["id"]?.GetValue<int>() == number)
                return message["result"] ?? throw new ChaosException(string.Create(CultureInfo.InvariantCulture, $"Chromium refuses {method}: {message.ToJsonString()}"));
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancellationToken)
    {
        using MemoryStream message = new();
        byte[] buffer = new byte[1 << 16];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _page.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            message.Write(buffer.AsSpan(0, part.Count));
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!;
    }
}
