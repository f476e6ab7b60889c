using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Ingestion.Sources.RabbitMq;

/// <summary>
/// Sends dead letters and what is left of messages over a separate connection, opened when it is needed: a broker that is short of memory or disk stops reading from the connections of
/// publishers, and acknowledgements must not stop with them. What it refuses is sent again, ever more slowly.
/// </summary>
internal sealed class Outbox(BrokerConnector broker, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>A quorum queue does not always tell a channel that it takes messages again.</summary>
    private static readonly TimeSpan RefusedForGood = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _opening = new(1);
    private IConnection? _connection;
    private volatile IChannel? _channel;
    private long _openedAt;
    private bool _isRefused;

    /// <summary>Sends a message, with its own headers; the broker has it when this returns true. False: the send was aborted, or is a dead letter of a message that went back to the queue.</summary>
    /// <exception cref="PublishException">It leads to no queue.</exception>
    /// <exception cref="OperationInterruptedException">It may not be sent there, or there is no such exchange.</exception>
    public async Task<bool> SendAsync(Delivery about, string exchange, ReadOnlyMemory<byte> body, Dictionary<string, object?> headers, CancellationToken giveUp)
    {
        try
        {
            for (Backoff backoff = new(time); exchange.Length == 0 || !about.IsReturned; await backoff.WaitAsync(giveUp))
            {
                string? problem = await TrySendAsync(exchange, exchange.Length == 0 ? about.Session.Queue : broker.Topology.Queue, body, headers, giveUp);
                Report(problem);
                if (problem is null)
                    return true;
            }
        }
        catch (OperationCanceledException) when (giveUp.IsCancellationRequested)
        {
            // The message it comes from is not settled.
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is { } connection)
            await BrokerConnector.CloseAsync(connection);
        _opening.Dispose();
    }

    /// <summary>Null when the broker has it, otherwise why it has to be sent again.</summary>
    private async Task<string?> TrySendAsync(string exchange, string routingKey, ReadOnlyMemory<byte> body, Dictionary<string, object?> headers, CancellationToken giveUp)
    {
        try
        {
            IChannel channel = await OpenAsync(giveUp);
            // A publish that is cancelled could spoil the client's count of confirms.
            await channel.BasicPublishAsync(exchange, routingKey, mandatory: true, new BasicProperties { Persistent = true, Headers = headers }, body, CancellationToken.None)
                .AsTask().WaitAsync(giveUp);
            return null;
        }
        catch (PublishException exception) when (!exception.IsReturn)
        {
            if (time.GetElapsedTime(_openedAt) > RefusedForGood)
                _channel = null;
            return Topology.Refusal;
        }
        catch (Exception exception) when (exception is not PublishException && BrokerProblem.IsOfBroker(exception) && !giveUp.IsCancellationRequested
            && BrokerProblem.CodeOf(exception) is not (BrokerProblem.AccessRefused or BrokerProblem.NotFound))
        {
            return BrokerProblem.Describe(exception);
        }
    }

    /// <summary>Says so once when nothing gets through, and when something does again.</summary>
    private void Report(string? problem)
    {
        bool isNew = Interlocked.Exchange(ref _isRefused, problem is not null) != (problem is not null);
        if (isNew && problem is not null)
            QueueLog.PublishingWaits(logger, problem, broker.Topology.Queue, broker.Topology.DeadQueue);
        else if (isNew)
            QueueLog.PublishingGoesOn(logger);
    }

    private async Task<IChannel> OpenAsync(CancellationToken giveUp)
    {
        await _opening.WaitAsync(giveUp);
        try
        {
            if (_channel is { IsOpen: true } open)
                return open;

            if (_connection is { } connection)
                await BrokerConnector.CloseAsync(connection);
            _connection = await broker.Address.ConnectAsync(giveUp);
            broker.WatchForBlocking(_connection);
            _openedAt = time.GetTimestamp();
            return _channel = await _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), giveUp);
        }
        finally
        {
            _opening.Release();
        }
    }
}
