using System.Buffers;
using Ingestion.Upstream;

namespace IngestionBenchmarks.Ceilings;

/// <summary>
/// The HTTP client alone: the worker's handler and its degree of parallelism; every body is read and dropped. No worker that fetches one character with
/// each request can be faster on this machine.
/// </summary>
internal sealed class HttpAlone(Uri upstream) : IBenchmark
{
    private const int BufferSize = 16 * 1024;

    public async Task RunAsync(int count)
    {
        using var client = new HttpMessageInvoker(UpstreamHandlerFactory.Create(new UpstreamOptions(), new UpstreamConnector()));
        int last = 0;
        await Task.WhenAll(Enumerable.Range(0, IBenchmark.DegreeOfParallelism).Select(_ => Task.Run(async () =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            for (int id = Interlocked.Increment(ref last); id <= count; id = Interlocked.Increment(ref last))
                await FetchAsync(client, id, buffer);
        })));
    }

    private async Task FetchAsync(HttpMessageInvoker client, int id, byte[] buffer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(upstream, $"character/{id}"));
        using HttpResponseMessage response = await client.SendAsync(request, CancellationToken.None);
        response.EnsureSuccessStatusCode();
        await using Stream body = await response.Content.ReadAsStreamAsync();
        while (await body.ReadAsync(buffer) > 0)
        {
            // Dropped.
        }
    }
}
