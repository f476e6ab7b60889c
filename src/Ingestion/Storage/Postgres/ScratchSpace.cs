using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;

namespace Ingestion.Storage.Postgres;

/// <summary>The scratch schemas of this process, and the lock that says that it lives.</summary>
internal sealed class ScratchSpace(ScratchSchemas schemas, string id, string prefix, ISourceLease lease, TimeProvider time, ILogger logger) : IScratchSpace
{
    /// <summary>Dropping takes milliseconds; a server that is away for longer leaves it to the next process.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private int _count;

    public string NextName() => prefix + ++_count;

    public async Task DropAllAsync()
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await schemas.DropAsync(id, patience.Token);
        }
        catch (OperationCanceledException)
        {
            StorageLog.ScratchNotDropped(logger, prefix);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await DropAllAsync();
        }
        finally
        {
            await lease.DisposeAsync();
        }
    }
}
