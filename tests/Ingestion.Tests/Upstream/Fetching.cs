using Ingestion.Upstream;
using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Upstream;

/// <summary>One fetch in either form. The blocking form runs on a thread of its own.</summary>
internal static class Fetching
{
    public static UpstreamClient Client(Uri baseAddress, Action<UpstreamOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new UpstreamOptions { BaseAddress = baseAddress };
        configure?.Invoke(options);
        return new UpstreamClient(Options.Create(options), Resources.Character, time ?? TimeProvider.System);
    }

    public static async Task<FetchResult> FetchAsync(this UpstreamClient client, bool blocking, int id = 7, TimeSpan? timeLeft = null, string? entityTag = null, CancellationToken abort = default) =>
        await client.FetchAsync(blocking, new FetchRequest(id, timeLeft ?? TimeSpan.MaxValue) { EntityTag = entityTag }, abort);

    public static async Task<FetchResult> FetchAsync(this UpstreamClient client, bool blocking, FetchRequest request, CancellationToken abort = default) => blocking
        ? await Task.Factory.StartNew(() => client.Fetch(request, abort), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        : await client.FetchAsync(request, abort);

    public static async Task<FetchResult> FetchAsync(Uri baseAddress, bool blocking, Action<UpstreamOptions>? configure = null)
    {
        using UpstreamClient client = Client(baseAddress, configure);
        return await client.FetchAsync(blocking);
    }

    public static void AssertFailed(FetchResult result, object kind, string reason)
    {
        Assert.NotNull(result.Failure);
        Assert.Equal(kind, result.Failure.Kind);
        Assert.Contains(reason, result.Failure.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Failure.Reason, char.IsControl);
        Assert.True(result.Body.IsEmpty);
        Assert.False(result.IsMissing);
    }
}
