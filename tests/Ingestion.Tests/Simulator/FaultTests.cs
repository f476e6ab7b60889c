using System.IO.Compression;
using System.Text.Json;
using TestSupport.Time;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Ingestion.Tests.Simulator;

public sealed class FaultTests
{
    [Fact]
    public async Task A_script_is_followed_request_by_request_and_then_over()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:500,ok,429;13:404,*503");

        Assert.Equal([500, 200, 429, 200, 200], await StatusesAsync(api, "character/7", 5));
        Assert.Equal([404, 503, 503, 503], await StatusesAsync(api, "character/13", 4));
        Assert.Equal([200, 200], await StatusesAsync(api, "character/8", 2));
    }

    [Fact]
    public async Task Retry_After_comes_from_the_fault_and_otherwise_from_the_options()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync(
            new SimulatorOptions { Faults = FaultPlan.Parse("1:429@7;2:503;3:500"), RetryAfter = TimeSpan.FromSeconds(2) });

        async Task<TimeSpan?> RetryAfterAsync(int id)
        {
            using HttpResponseMessage response = await api.GetAsync($"character/{id}");
            return response.Headers.RetryAfter?.Delta;
        }

        Assert.Equal(TimeSpan.FromSeconds(7), await RetryAfterAsync(1));
        Assert.Equal(TimeSpan.FromSeconds(2), await RetryAfterAsync(2));
        Assert.Null(await RetryAfterAsync(3));
    }

    [Fact]
    public async Task A_reset_connection_brings_no_answer()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:*reset");

        await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync("character/7"));
    }

    [Fact]
    public async Task A_truncated_body_ends_halfway_through_its_declared_length()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:truncated");

        using HttpResponseMessage response = await api.Client.GetAsync(new Uri("character/7", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        var received = new MemoryStream();
        HttpIOException ended = await Assert.ThrowsAsync<HttpIOException>(() => body.CopyToAsync(received));

        Assert.Equal(HttpRequestError.ResponseEnded, ended.HttpRequestError);
        Assert.Equal(response.Content.Headers.ContentLength / 2, received.Length);
    }

    [Fact]
    public async Task Garbage_comes_with_status_200()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("1:html;2:empty;3:wrong-shape;4:wrong-id;5:nul");

        (int htmlStatus, string html) = await api.ReadAsync("character/1");
        Assert.Equal(200, htmlStatus);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.Equal((200, ""), await api.ReadAsync("character/2"));
        Assert.Equal(JsonValueKind.String, (await api.JsonAsync("character/3")).GetProperty("id").ValueKind);
        Assert.Equal(5, (await api.JsonAsync("character/4")).GetProperty("id").GetInt32());
        Assert.Contains('\0', (await api.JsonAsync("character/5")).GetProperty("name").GetString()!);
    }

    [Fact]
    public async Task Redirects_lead_where_the_options_say_or_back()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("1:redirect;2:redirect-here");

        using HttpResponseMessage away = await api.GetAsync("character/1");
        using HttpResponseMessage here = await api.GetAsync("character/2");

        Assert.Equal((302, "http://other-host.invalid/api/character/1"), ((int)away.StatusCode, away.Headers.Location!.OriginalString));
        Assert.Equal((302, "/api/character/2"), ((int)here.StatusCode, here.Headers.Location!.OriginalString));
        Assert.Equal(200, (await api.ReadAsync("character/2")).Status);
    }

    [Theory]
    [InlineData("oversize", true)]
    [InlineData("oversize-chunked", false)]
    public async Task An_oversize_body_is_valid_JSON_all_the_way(string fault, bool isLengthDeclared)
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync($"7:{fault}");

        using HttpResponseMessage response = await api.Client.GetAsync(new Uri("character/7", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(isLengthDeclared, response.Content.Headers.ContentLength is not null);
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(2 * 1024 * 1024, body.Length);
        Assert.Equal(7, JsonElement.Parse(body).GetProperty("id").GetInt32());
    }

    [Fact]
    public async Task A_slow_body_arrives_whole_when_its_time_has_passed()
    {
        var clock = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(
            new SimulatorOptions { Faults = FaultPlan.Parse("7:slow"), SlowBody = TimeSpan.FromSeconds(20) }, clock);
        Task<string> slow = api.Client.GetStringAsync(new Uri("character/7", UriKind.Relative));

        await api.Simulator.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests == 1);

        int pieces = 0;
        while (api.Simulator.Statistics.Successes(7) == 0)
        {
            Task done = api.Simulator.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 0);
            if (await Task.WhenAny(done, clock.WaitForTimersAsync(1)) == done)
                break;
            Assert.False(slow.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(1));
            pieces++;
        }

        Assert.InRange(pieces, 19, 21);
        Assert.Equal(await slow, (await api.ReadAsync("character/7")).Body);
    }

    [Fact]
    public async Task A_hanging_request_ends_when_the_client_gives_up()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:*hang");
        using var patience = new CancellationTokenSource();
        Task<HttpResponseMessage> hanging = api.Client.GetAsync(new Uri("character/7", UriKind.Relative), patience.Token);
        await api.Simulator.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 1);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await api.Simulator.Statistics.WaitUntilAsync(statistics => statistics.InFlight == 0);
    }

    [Fact]
    public async Task In_a_batch_only_the_faulty_record_is_faulty()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("2:wrong-id;5:500");

        JsonElement array = await api.JsonAsync("character/1,2,4");

        Assert.Equal([1, 3, 4], array.EnumerateArray().Select(character => character.GetProperty("id").GetInt32()));
        Assert.Equal([500, 200], await StatusesAsync(api, "character/4,5", 2));
        Assert.Equal((1, 0), (api.Simulator.Statistics.Requests(2), api.Simulator.Statistics.Successes(2)));
    }

    [Fact]
    public async Task Pages_of_the_list_have_faults_under_ID_0()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("0:503,500");

        Assert.Equal([503, 500, 200], await StatusesAsync(api, "character?page=1", 3));
    }

    [Fact]
    public async Task Two_simulators_with_one_seed_send_the_same_bytes_and_the_same_faults()
    {
        var options = new SimulatorOptions { Seed = 42, ErrorRates = FaultRates.Parse("500=0.2,429=0.1,html=0.1") };
        await using SimulatedApi first = await SimulatedApi.StartAsync(options);
        await using SimulatedApi second = await SimulatedApi.StartAsync(options);
        await using SimulatedApi other = await SimulatedApi.StartAsync(options with { Seed = 43 });

        List<(int, string)> one = await TwiceEachAsync(first), same = await TwiceEachAsync(second), different = await TwiceEachAsync(other);

        Assert.Equal(one, same);
        Assert.NotEqual(one, different);
        Assert.InRange(one.Count(answer => answer.Item1 == 500), 80 - 30, 80 + 30);
        Assert.InRange(one.Count(answer => answer.Item1 == 429), 40 - 25, 40 + 25);
    }

    [Fact]
    public void Every_fault_is_written_as_it_is_read() => Assert.All(Fault.Names, name => Assert.Equal(name, Fault.Parse(name).ToString()));

    [Fact]
    public async Task A_bomb_is_small_on_the_way_and_large_when_unpacked()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:gzip-dense");
        using HttpResponseMessage response = await api.Client.GetAsync(new Uri("character/7", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        byte[] packed = await response.Content.ReadAsByteArrayAsync();

        await using var unpacked = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        byte[] buffer = new byte[1 << 20];
        for (int megabyte = 0; megabyte < 512; megabyte++)
            await unpacked.ReadExactlyAsync(buffer);

        Assert.InRange(packed.Length, 1, 1_000_000);
        Assert.DoesNotContain(buffer, value => value != 0);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("x:500")]
    [InlineData("9-3:500")]
    [InlineData("7:bang")]
    [InlineData("7:200")]
    [InlineData("7:*500,500")]
    [InlineData("7:429@soon")]
    public void A_bad_plan_is_refused(string plan) => Assert.Throws<FormatException>(() => FaultPlan.Parse(plan));

    private static async Task<List<int>> StatusesAsync(SimulatedApi api, string path, int requests)
    {
        List<int> statuses = [];
        for (int i = 0; i < requests; i++)
            statuses.Add((await api.ReadAsync(path)).Status);
        return statuses;
    }

    private static async Task<List<(int Status, string Body)>> TwiceEachAsync(SimulatedApi api)
    {
        List<(int, string)> answers = [];
        for (int i = 0; i < 400; i++)
            answers.Add(await api.ReadAsync($"character/{1 + (i % 200)}"));
        return answers;
    }
}
