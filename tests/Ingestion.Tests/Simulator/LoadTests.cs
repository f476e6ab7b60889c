using System.Net.Http.Json;
using System.Text.Json;
using TestSupport.Time;
using UpstreamSimulator;
using UpstreamSimulator.Faults;

namespace Ingestion.Tests.Simulator;

public sealed class LoadTests
{
    private static readonly SimulatorOptions OneSecond = new() { Latency = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Requests_are_counted_by_ID_and_status_and_by_most_in_flight()
    {
        var clock = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(OneSecond with { Faults = FaultPlan.Parse("2:500") }, clock);

        for (int round = 0; round < 2; round++)
        {
            Task<(int Status, string Body)>[] requests = [.. Enumerable.Range(1, 5).Select(id => api.ReadAsync($"character/{id}"))];
            await clock.WaitForTimersAsync(5);
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAll(requests);
        }

        JsonElement stats = JsonElement.Parse(await api.Client.GetStringAsync(new Uri(api.Simulator.BaseAddress, "/stats?ids=1-2")));
        Assert.Equal(10, stats.GetProperty("totalRequests").GetInt32());
        Assert.Equal(5, stats.GetProperty("maxInFlight").GetInt32());
        Assert.Equal(0, stats.GetProperty("inFlight").GetInt32());
        Assert.Equal("""{"200":9,"500":1}""", Compact(stats.GetProperty("byStatus")));
        Assert.Equal("""{"500":1}""", Compact(stats.GetProperty("byFault")));
        Assert.Equal("""{"1":{"requests":2,"successes":2},"2":{"requests":2,"successes":1}}""", Compact(stats.GetProperty("ids")));
    }

    [Fact]
    public async Task A_reset_starts_the_counts_and_the_scripts_again()
    {
        await using SimulatedApi api = await SimulatedApi.StartWithAsync("7:500");
        Assert.Equal(500, (await api.ReadAsync("character/7")).Status);
        Assert.Equal(200, (await api.ReadAsync("character/7")).Status);

        using HttpResponseMessage reset = await api.Client.PostAsync(new Uri("/stats/reset", UriKind.Relative), content: null);

        Assert.Equal(0, api.Simulator.Statistics.TotalRequests);
        Assert.Equal(500, (await api.ReadAsync("character/7")).Status);
    }

    [Fact]
    public async Task Latency_grows_in_proportion_beyond_the_capacity()
    {
        var clock = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(OneSecond with { Capacity = 2 }, clock);

        Task<(int Status, string Body)>[] requests = [.. Enumerable.Range(1, 4).Select(id => api.ReadAsync($"character/{id}"))];
        await clock.WaitForTimersAsync(4);
        int[] left = new int[4];
        for (int i = 0; i < 4; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(i == 0 ? 1 : 0.5));
            left[i] = clock.PendingTimers;
        }

        Assert.Equal([2, 1, 0, 0], left);
        await Task.WhenAll(requests);
    }

    [Fact]
    public async Task Above_the_limit_newcomers_are_rejected_at_once()
    {
        var clock = new ManualTimeProvider();
        await using SimulatedApi api = await SimulatedApi.StartAsync(OneSecond with { RejectAbove = 2, RetryAfter = TimeSpan.FromSeconds(3) }, clock);
        Task<(int Status, string Body)>[] accepted = [api.ReadAsync("character/1"), api.ReadAsync("character/2")];
        await clock.WaitForTimersAsync(2);

        using HttpResponseMessage rejected = await api.GetAsync("character/3");
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(429, (int)rejected.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), rejected.Headers.RetryAfter!.Delta);
        Assert.All(await Task.WhenAll(accepted), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task Settings_change_while_it_runs_all_or_none()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        var control = new Uri("/control", UriKind.Relative);

        using HttpResponseMessage changed = await api.Client.PostAsJsonAsync(control, new { faults = "7:*500", latency = "1ms", capacity = 8 });
        using HttpResponseMessage refused = await api.Client.PostAsJsonAsync(control, new { latency = "5s", nonsense = 1 });

        Assert.Equal((200, 400), ((int)changed.StatusCode, (int)refused.StatusCode));
        Assert.Contains("unknown setting", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal((TimeSpan.FromMilliseconds(1), 8), (api.Simulator.Options.Latency, api.Simulator.Options.Capacity));
        Assert.Equal(500, (await api.ReadAsync("character/7")).Status);
    }

    [Fact]
    public async Task A_revised_record_has_other_bytes_and_the_rest_the_same()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        string[] before = [(await api.ReadAsync("character/7")).Body, (await api.ReadAsync("character/8")).Body];

        api.Simulator.Options = api.Simulator.Options with { Revised = IdRanges.Parse("7") };

        Assert.False(before[0] == (await api.ReadAsync("character/7")).Body);
        Assert.Equal(before[1], (await api.ReadAsync("character/8")).Body);
    }

    [Fact]
    public async Task A_paused_simulator_refuses_connections_and_comes_back_on_the_same_port()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        Assert.Equal(200, (await api.ReadAsync("character/7")).Status);

        await api.Simulator.PauseListeningAsync();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync("character/7"));
        await api.Simulator.ResumeListeningAsync();

        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);
        Assert.Equal(200, (await api.ReadAsync("character/7")).Status);
        Assert.Equal(2, api.Simulator.Statistics.TotalRequests);
    }

    private static string Compact(JsonElement element) => JsonSerializer.Serialize(element);
}
