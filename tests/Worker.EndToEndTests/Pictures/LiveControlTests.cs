using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using TestSupport.Processes;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>The live page with Live:Control: what is moved and pressed there happens in the worker.</summary>
[Collection(BrowserTests.Name)]
public sealed partial class LiveControlTests(Browser browser, PostgresServer postgres)
{
    private const string Secret = "correct-horse-battery";
    private const string PoolOfFive = "run --live --Live:Control=true --ids 1-100000 --strategy ThreadPool --dop 5";

    [Fact]
    public async Task The_slider_makes_a_pool_of_five_one_of_ten_and_then_of_three_and_picture_and_report_say_when()
    {
        await using Stage stage = await SetAsync(latency: 2_000);
        string report = Path.Combine(Path.GetDirectoryName(stage.SummaryFile)!, "report.html");
        await using WorkerProcess worker = stage.Start($"{PoolOfFive} --report {report}");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.open.length === 5 && document.getElementById('degree').value === '5'");

        await MoveAsync(live, "Degree of parallelism", "ArrowRight", 5);
        await live.WaitAsync("seen.run.inFlight === 10 && seen.run.limit === 10 && seen.open.length === 10 && drawn.open.children.length === 10");
        Assert.Equal(10, await live.Page.Locator("#picture text.strong").CountAsync());
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 10);
        await live.SaysAsync("inflight", "10 of 10");
        await live.SaysAsync("asked", "Done: degree 5 → 10.");
        await live.SaysAsync("picture", "degree 5 → 10");

        await live.Page.Keyboard.PressAsync("Home");
        await MoveAsync(live, "Degree of parallelism", "ArrowRight", 2);
        await live.WaitAsync("seen.run.inFlight === 3 && seen.run.limit === 3 && seen.open.length === 3");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 3);
        Assert.Equal(10, stage.Upstream.Statistics.MaxInFlight);
        Assert.Empty(live.Problems);

        worker.Send(Signal.Terminate);
        ProcessResult result = await worker.WaitForExitAsync(LivePage.Patience);
        Assert.Matches(@"Asked through the live page by 127\.0\.0\.1: degree 5 → 10", result.StandardError);
        await using ReportPage page = await ReportPage.OpenAsync(browser, report);
        Assert.Equal(["degree 5 → 10", "degree 10 → 3"], (await page.Page.Locator("text.change").AllTextContentsAsync()).Distinct());
    }

    [Fact]
    public async Task The_rate_limit_follows_its_slider()
    {
        await using Stage stage = await SetAsync(latency: 0);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.about.control && document.getElementById('rate-limit-now').textContent === 'no limit'");

        await live.Page.GetByLabel("Rate limit").PressAsync("Home");
        await MoveAsync(live, "Rate limit", "ArrowRight", 2);
        await live.SaysAsync("asked", "Done: rate limit none → 5.");
        await live.SaysAsync("gate", "at most 5 requests a second");
        stage.Upstream.Statistics.Reset();
        long started = TimeProvider.System.GetTimestamp();
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 10);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(1.6), LivePage.Patience);

        await live.Page.GetByLabel("Rate limit").PressAsync("End");
        await live.SaysAsync("asked", "Done: rate limit 5 → none.");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 200);
    }

    [Fact]
    public async Task Nothing_starts_while_the_run_is_paused_and_it_goes_on_where_it_was()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start("run --live --Live:Control=true --ids 1-60 --strategy ThreadPool --dop 5");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.items.length > 5 && seen.about.control");

        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await live.SaysAsync("state", "Paused: no new attempt starts");
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 0);
        await live.WaitAsync("seen.run.inFlight === 0 && seen.open.length === 0");
        long requests = stage.Upstream.Statistics.TotalRequests;
        long column = await live.Page.EvaluateAsync<long>("seen.next");
        await live.WaitAsync($"seen.next >= {column} + 20");
        Assert.Equal(requests, stage.Upstream.Statistics.TotalRequests);
        Assert.InRange(requests, 6L, 59L);

        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        Assert.Equal(0, (await worker.WaitForExitAsync(LivePage.Patience)).ExitCode);
        Assert.Equal((60L, 60L), (stage.Upstream.Statistics.TotalRequests, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters")));
    }

    [Fact]
    public async Task Draining_is_a_SIGTERM_and_takes_two_presses_and_a_paused_run_that_was_drained_is_resumed_exactly()
    {
        await using Stage stage = await SetAsync(latency: 100);
        await using WorkerProcess worker = stage.Start("run --ids 1-2000 --strategy ThreadPool --dop 5 --live --Live:Control=true");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.items.length > 5 && seen.about.control");

        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await live.SaysAsync("state", "Paused");
        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Drain" }).ClickAsync();
        await live.SaysAsync("asked", "Press again to end this worker");
        await live.Page.GetByRole(AriaRole.Button, new() { Name = "Really drain?" }).ClickAsync();
        Assert.Equal(3, (await worker.WaitForExitAsync(LivePage.Patience)).ExitCode);
        await live.SaysAsync("state", "The worker has stopped");
        Assert.True(await live.Page.GetByLabel("Degree of parallelism").IsDisabledAsync());

        Assert.Equal(0, (await stage.RunAsync("run --ids 1-2000 --strategy Async --dop 100")).ExitCode);
        Assert.Equal((2000L, 2000L), (stage.Upstream.Statistics.TotalRequests, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.characters")));
        Assert.Equal(1L, await stage.QueryAsync<long>("SELECT count(*) FROM ingestion.runs"));
    }

    [Theory]
    [InlineData("ThreadPerItem")]
    [InlineData("ThreadPool")]
    [InlineData("EventLoop")]
    [InlineData("Async")]
    [InlineData("Pipeline")]
    [InlineData("Adaptive")]
    public async Task Every_strategy_obeys_a_new_degree(string strategy)
    {
        await using Stage stage = await SetAsync(latency: 300);
        await using WorkerProcess worker = stage.Start($"run --live --Live:Control=true --ids 1-100000 --strategy {strategy} --dop 4");
        Uri address = await LivePage.AddressOfAsync(worker);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 4);
        string token = await TokenAsync(address);

        Assert.Equal((HttpStatusCode.OK, "degree 4 → 1\n"), await PostAsync(address, "degree", "1", token, address.GetLeftPart(UriPartial.Authority)));
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight <= 1);
        stage.Upstream.Statistics.Reset();
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 5);
        Assert.InRange(stage.Upstream.Statistics.MaxInFlight, 1, 1);

        // What adapts has this as its ceiling, and finds its own way up to it.
        await PostAsync(address, "degree", "7", token, address.GetLeftPart(UriPartial.Authority));
        int reached = strategy == "Adaptive" ? 2 : 7;
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.InFlight >= reached);
        await stage.Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= 40);
        Assert.InRange(stage.Upstream.Statistics.MaxInFlight, reached, 7);
    }

    [Fact]
    public async Task Sequential_has_its_slider_locked_and_says_why()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start("run --live --Live:Control=true --ids 1-100000 --strategy Sequential");
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker));
        await live.WaitAsync("seen.about.control && !document.getElementById('pause').disabled");

        Assert.True(await live.Page.GetByLabel("Degree of parallelism").IsDisabledAsync());
        Assert.Equal("1, always", await live.TextAsync("degree-now"));
        Assert.Contains("Sequential always has 1 item in flight", await live.Page.Locator(".control").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_site_in_the_same_browser_changes_nothing()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start(PoolOfFive);
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage live = await LivePage.OpenAsync(browser, address);
        string token = await TokenAsync(address);
        await using LivePage other = await LivePage.OpenElsewhereAsync(browser, new Uri(stage.Upstream.BaseAddress, "character/1"));

        // "simple" requests, which a browser sends without asking first; and one for which it asks.
        foreach (string options in (string[])["mode: 'no-cors'", "mode: 'no-cors', headers: { 'Content-Type': 'text/plain' }", "mode: 'no-cors', credentials: 'include'"])
            await other.Page.EvaluateAsync<string>($"fetch('{address}control/pause', {{ method: 'POST', body: '', {options} }}).then(response => response.type, error => error.name)");
        Assert.Equal("TypeError", await other.Page.EvaluateAsync<string>($"fetch('{address}control/pause', {{ method: 'POST', headers: {{ 'X-Page-Token': '{token}' }} }}).then(() => 'sent', error => error.name)"));
        Assert.Equal((HttpStatusCode.Forbidden, "only for the page of this server\n"), await PostAsync(address, "pause", "", token, "https://evil.example"));

        long column = await live.Page.EvaluateAsync<long>("seen.next");
        await live.WaitAsync($"seen.next >= {column} + 15");
        Assert.Equal("5,false,false", await live.Page.EvaluateAsync<string>("[seen.about.control.degree, seen.about.control.isPaused, seen.run.paused].join()"));
        Assert.Empty(live.Problems);
    }

    [Fact]
    public async Task A_token_is_asked_for_or_comes_with_the_address_and_goes_from_it_at_once()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start(PoolOfFive, ("Live__Token", Secret), ("Live__Host", "0.0.0.0"));
        Uri address = await LivePage.AddressOfAsync(worker);
        await using LivePage asked = await LivePage.OpenAsync(browser, address);
        await asked.WaitAsync("seen.about.control && !document.getElementById('pause').disabled");

        await asked.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await asked.SaysAsync("asked", "Refused: this takes the token that Live:Token is.");
        await asked.Page.Keyboard.TypeAsync(Secret); // The field has the focus.
        await asked.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await asked.SaysAsync("asked", "Done: pause.");

        await using LivePage given = await LivePage.OpenAsync(browser, new Uri(address, "#token=" + Secret));
        Assert.Equal(address.AbsoluteUri, given.Page.Url);
        await given.Page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await given.SaysAsync("asked", "Done: go on.");
        Assert.DoesNotContain(worker.StandardError, line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_control_is_not_opened_to_others_and_the_worker_says_so_at_start()
    {
        await using Stage stage = await SetAsync(latency: 0);

        ProcessResult result = await stage.RunAsync(PoolOfFive, ("Live__Host", "0.0.0.0"));

        Assert.Equal(78, result.ExitCode);
        Assert.Contains("Live:Control is true and Live:Host is '0.0.0.0', which others can reach; set Live:Token to 16 characters or more that only you know, or Live:Host to localhost", result.StandardError, StringComparison.Ordinal);
        ProcessResult config = await stage.RunAsync("config", ("Live__Token", Secret));
        Assert.Contains("Live:Token = ***", config.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, config.StandardOutput + config.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sliders_and_buttons_have_names_and_values_for_a_screen_reader_and_fit_a_narrow_dark_window()
    {
        await using Stage stage = await SetAsync(latency: 200);
        await using WorkerProcess worker = stage.Start(PoolOfFive, ("Live__Token", Secret));
        await using LivePage live = await LivePage.OpenAsync(browser, await LivePage.AddressOfAsync(worker), 390, ColorScheme.Dark);
        await live.WaitAsync("seen.about.control && document.getElementById('degree').value === '5'");

        string tree = await live.Page.GetByRole(AriaRole.Region, new() { Name = "Control" }).AriaSnapshotAsync();
        foreach (string expected in (string[])["slider \"Degree of parallelism\": \"5\"", "slider \"Rate limit\"", "button \"Pause\"", "button \"Drain\"", "textbox \"Token\""])
            Assert.Contains(expected, tree, StringComparison.Ordinal);
        Assert.Equal("no limit", await live.Page.GetByLabel("Rate limit").GetAttributeAsync("aria-valuetext"));
        Assert.Equal(0, await live.OverflowAsync());

        // From one to the next with the keyboard alone.
        await live.Page.GetByLabel("Degree of parallelism").FocusAsync();
        foreach (string id in (string[])["rate-limit", "pause", "drain", "given"])
        {
            await live.Page.Keyboard.PressAsync("Tab");
            Assert.Equal(id, await live.Page.EvaluateAsync<string>("document.activeElement.id"));
        }
    }

    private static async Task MoveAsync(LivePage live, string slider, string key, int times)
    {
        await live.Page.GetByLabel(slider).FocusAsync();
        for (int i = 0; i < times; i++)
            await live.Page.Keyboard.PressAsync(key);
    }

    private static async Task<string> TokenAsync(Uri address)
    {
        using HttpClient client = new();
        return PageToken().Match(await client.GetStringAsync(address, TestContext.Current.CancellationToken)).Groups["token"].Value;
    }

    private static async Task<(HttpStatusCode Status, string Text)> PostAsync(Uri address, string what, string body, string token, string origin)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(address, "control/" + what)) { Content = new StringContent(body), Headers = { { "Origin", origin }, { "X-Page-Token", token } } };
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private Task<Stage> SetAsync(int latency) =>
        Stage.SetAsync(postgres, new SimulatorOptions { Characters = 100_000, Latency = TimeSpan.FromMilliseconds(latency) });

    [GeneratedRegex("\"token\":\"(?<token>[0-9a-f]{32})\"", RegexOptions.NonBacktracking)]
    private static partial Regex PageToken();
}
