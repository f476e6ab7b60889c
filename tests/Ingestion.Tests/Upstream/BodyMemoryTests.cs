using System.Text;
using Ingestion.Items;
using Ingestion.Tests.Runs;
using Ingestion.Upstream;
using Microsoft.Extensions.Options;
using TestSupport.Time;
using static Ingestion.Tests.Upstream.ScriptedServer;

namespace Ingestion.Tests.Upstream;

/// <summary>Bodies take memory as they arrive, and all of them together no more than a bound, without waiting for each other for ever.</summary>
public sealed class BodyMemoryTests
{
    private const int Budget = 256 * 1024;
    private const int Large = 200 * 1024;

    private static readonly string Body = $"{{\"id\":7,\"x\":\"{new string('x', Large)}\"}}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Headers_that_announce_much_take_little_memory(bool blocking)
    {
        const int slots = 64;
        await using ScriptedServer server = Hanging("HTTP/1.1 200 X\r\nContent-Length: 20971520\r\n\r\n[");
        using UpstreamClient client = Fetching.Client(server.BaseAddress, options => options.AttemptTimeout = TimeSpan.FromMilliseconds(500));
        ItemKey[] ids = [.. Enumerable.Range(1, 20).Select(id => new ItemKey(id))];
        long before = GC.GetTotalAllocatedBytes();

        FetchResult[] results = await Task.WhenAll(Enumerable.Range(0, slots).Select(_ =>
            client.FetchAsync(blocking, new FetchRequest(ids[0], TimeSpan.MaxValue) { Several = ids }, Cancellation)));

        // Other tests allocate too.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, slots * 20_971_520L / 4);
        Assert.All(results, result => Assert.Equal(FetchFailureKind.Timeout, result.Failure?.Kind));
    }

    [Theory]
    [InlineData(true, "Content-Length")]
    [InlineData(false, "Content-Length")]
    [InlineData(true, "Connection")]
    [InlineData(false, "Connection")]
    public async Task Bodies_that_are_all_half_way_do_not_wait_for_each_other(bool blocking, string framing)
    {
        const int bodies = 12;
        int asked = 0;
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new ScriptedServer(async (_, stream, token) =>
        {
            string head = framing == "Connection" ? "Connection: close" : $"Content-Length: {Body.Length}";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 X\r\n{head}\r\n\r\n{Body[..(Body.Length / 2)]}"), token);
            if (Interlocked.Increment(ref asked) == bodies)
                all.SetResult();
            await all.Task.WaitAsync(token);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Body[(Body.Length / 2)..]), token);
            return framing != "Connection";
        });
        BodyMemory memory = new(Budget);
        using UpstreamClient client = New(server, memory);

        FetchResult[] results = await Task.WhenAll(Enumerable.Range(0, bodies).Select(async _ =>
        {
            FetchResult result = await client.FetchAsync(blocking, abort: Cancellation);
            result.Share!.Dispose();
            return result;
        }));

        Assert.All(results, result => Assert.Equal((null, Body.Length), (result.Failure, result.Body.Length)));
        AssertAllGivenBack(memory);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Waiting_for_memory_does_not_use_up_the_attempts_time(bool blocking)
    {
        await using ScriptedServer server = Answering(Answer(200, Body));
        ManualTimeProvider clock = new();
        BodyMemory memory = new(Large / 4);
        using UpstreamClient client = New(server, memory, clock);
        FetchResult beyond = await client.FetchAsync(blocking, abort: Cancellation);
        using CancellationTokenSource abort = new();
        Task<FetchResult> waiting = client.FetchAsync(blocking, abort: Cancellation);
        Task<FetchResult> aborted = client.FetchAsync(blocking, abort: abort.Token);
        RunFixture.Until(() => server.Requests.Count == 3 && clock.PendingTimers == 0, "both waiting");

        clock.Advance(TimeSpan.FromHours(1));
        await abort.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => aborted);
        Assert.False(waiting.IsCompleted);
        beyond.Share!.Dispose();
        FetchResult result = await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal(Body.Length, result.Body.Length);
        result.Share!.Dispose();
        AssertAllGivenBack(memory);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 X\r\nConnection: close\r\n\r\n{\"x\":\"@")]
    [InlineData("HTTP/1.1 200 X\r\nContent-Length: 400000\r\n\r\n{\"x\":\"@")]
    [InlineData("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n32006\r\n{\"x\":\"@\r\n7ffff\r\n@@@")]
    [InlineData("HTTP/1.1 404 X\r\nConnection: close\r\n\r\n{\"x\":\"@\"}")]
    public async Task A_fetch_without_a_body_keeps_no_memory(string answer)
    {
        await using ScriptedServer server = Closing(answer.Replace("@", new string('x', Large), StringComparison.Ordinal));
        BodyMemory memory = new(Budget);
        using UpstreamClient client = New(server, memory);
        foreach (bool blocking in (bool[])[true, false])
            Assert.Null((await client.FetchAsync(blocking)).Share);

        AssertAllGivenBack(memory);
    }

    [Fact]
    public async Task Several_records_together_may_have_no_more_than_there_is()
    {
        await using ScriptedServer server = Answering($"HTTP/1.1 200 X\r\nContent-Length: {Budget + 1}\r\n\r\n[");
        using UpstreamClient client = New(server, new BodyMemory(Budget));

        Fetching.AssertFailed(
            await client.FetchAsync(new FetchRequest(1, TimeSpan.MaxValue) { Several = [1, 2] }, Cancellation), FetchFailureKind.BodyTooLarge, $"({Budget} bytes)");
    }

    private static UpstreamClient New(ScriptedServer server, BodyMemory memory, TimeProvider? time = null) => new(
        Options.Create(new UpstreamOptions { BaseAddress = server.BaseAddress, AttemptTimeout = TimeSpan.FromSeconds(30) }), Resources.Character, time ?? TimeProvider.System, memory);

    private static void AssertAllGivenBack(BodyMemory memory)
    {
        Assert.True(memory.TryTake(memory.Bytes));
        Assert.False(memory.TryTake(1));
        Assert.Equal(1, memory.Beyond.CurrentCount);
    }
}
