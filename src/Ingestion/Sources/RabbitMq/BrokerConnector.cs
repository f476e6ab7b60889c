using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>Opens connections to the broker: waits while it is away or has no such queue, and fails at once when waiting does not help.</summary>
internal sealed class BrokerConnector(RabbitMqAddress address, IOptions<RabbitMqOptions> options, SourceHealth health, TimeProvider time, ILogger<BrokerConnector> logger)
{
    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(2);

    // One that connected and was of no use soon after is tried again as slowly as one that cannot be reached.
    private readonly Backoff _pace = new(time);
    private long? _connectedAt;

    public Topology Topology { get; } = new(address, options.Value);

    public RabbitMqAddress Address { get; } = address;

    /// <summary>
    /// A connection to a broker that has the queues. At first it waits for both as long as <c>RabbitMq:StartupTimeout</c> says; later it waits for a broker without end, and a queue that
    /// was there as long as that.
    /// </summary>
    /// <param name="cancellationToken">Aborts the start.</param>
    /// <param name="needsUrgent">Whether the urgent queue is one of them.</param>
    /// <exception cref="IngestionConfigurationException">The broker cannot be used as configured.</exception>
    /// <exception cref="IngestionUnavailableException">It was away, or had no such queue, for too long.</exception>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken, bool needsUrgent = false)
    {
        if (_connectedAt is { } last)
        {
            _pace.ResetAfter(time.GetElapsedTime(last));
            await _pace.WaitAsync(cancellationToken);
        }

        long since = time.GetTimestamp();
        long? missingSince = null;
        bool isTold = false;
        for (Backoff backoff = new(time); ; await backoff.WaitAsync(cancellationToken))
        {
            try
            {
                IConnection connection = await TryConnectAsync(mayDeclare: true, needsUrgent, cancellationToken);
                if (isTold)
                    QueueLog.BrokerReached(logger, Address, time.GetElapsedTime(since).TotalSeconds);
                _connectedAt = time.GetTimestamp();
                health.ReportReachable();
                return connection;
            }
            catch (Exception exception) when (exception is IngestionUnavailableException || (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested))
            {
                bool isMissing = exception is IngestionUnavailableException;
                if (!isMissing && BrokerProblem.Explain(exception, Address) is { } explained)
                    throw explained;

                missingSince = isMissing ? missingSince ?? time.GetTimestamp() : null;
                string problem = isMissing ? exception.Message : BrokerProblem.Describe(exception);
                if ((_connectedAt is null ? since : missingSince) is { } waiting && time.GetElapsedTime(waiting) >= options.Value.StartupTimeout)
                {
                    string remedy = isMissing ? "" : $"; start the broker, correct host and port, or raise {RabbitMqOptions.Section}:StartupTimeout";
                    throw new IngestionUnavailableException($"{Address}: no usable answer for {options.Value.StartupTimeout:c}, the last attempt ended with: {problem}{remedy}", exception);
                }

                health.ReportUnreachable(problem);
                if (!isTold)
                    QueueLog.WaitingForBroker(logger, Address, problem);
                isTold = true;
            }
        }
    }

    /// <summary>Looks once whether the broker can be used, and declares nothing.</summary>
    /// <exception cref="IngestionConfigurationException">It cannot be used as configured.</exception>
    /// <exception cref="IngestionUnavailableException">It is away, or has no such queue.</exception>
    public async Task<string> InspectAsync(CancellationToken cancellationToken)
    {
        try
        {
            IConnection connection = await TryConnectAsync(mayDeclare: false, needsUrgent: false, cancellationToken);
            string urgent = await FindUrgentProblemAsync(connection, cancellationToken) is { } problem ? $"nothing is urgent: {problem}" : $"{Topology.UrgentQueue} too";
            await CloseAsync(connection);
            return $"{Address}: {Topology.Queue} is there, and is what {RabbitMqOptions.Section} asks for; {urgent}";
        }
        catch (IngestionUnavailableException exception) when (options.Value.Declare)
        {
            return $"{Address}: {exception.Message.Split(';')[0]}; the start declares it";
        }
        catch (IngestionUnavailableException exception)
        {
            throw new IngestionUnavailableException($"{Address}: {exception.Message}", exception);
        }
        catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw (Exception?)BrokerProblem.Explain(exception, Address)
                ?? new IngestionUnavailableException($"{Address}: {BrokerProblem.Describe(exception)}; start the broker, or correct host and port", exception);
        }
    }

    /// <summary>Why the urgent queue cannot be used, which workers can do without; null when it can, as far as that shows. Declares it where that is asked for and allowed.</summary>
    public async Task<string?> EnsureUrgentAsync(IConnection connection, CancellationToken cancellationToken) =>
        await FindUrgentProblemAsync(connection, cancellationToken, mayDeclare: true) is null ? null : await FindUrgentProblemAsync(connection, cancellationToken);

    private async Task<string?> FindUrgentProblemAsync(IConnection connection, CancellationToken cancellationToken, bool mayDeclare = false)
    {
        try
        {
            await Topology.EnsureAsync(connection, Topology.UrgentQueue, mayDeclare, cancellationToken);
            return null;
        }
        catch (Exception exception) when (exception is IngestionUnavailableException or IngestionConfigurationException)
        {
            return exception.Message;
        }
    }

    private async Task<IConnection> TryConnectAsync(bool mayDeclare, bool needsUrgent, CancellationToken cancellationToken)
    {
        IConnection connection = await Address.ConnectAsync(cancellationToken);
        try
        {
            await Topology.EnsureAsync(connection, mayDeclare, cancellationToken);
            if (needsUrgent)
                await Topology.EnsureAsync(connection, Topology.UrgentQueue, mayDeclare, cancellationToken);
            return connection;
        }
        catch
        {
            await CloseAsync(connection);
            throw;
        }
    }

    /// <summary>Says so when the broker takes no messages over this connection, which it does while it is short of memory or disk, and when it does again.</summary>
    public void WatchForBlocking(IConnection connection)
    {
        long since = 0;
        connection.ConnectionBlockedAsync += (_, blocked) =>
        {
            since = time.GetTimestamp();
            QueueLog.PublishersBlocked(logger, Address, Excerpt.Of(blocked.Reason));
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            QueueLog.PublishersUnblocked(logger, Address, time.GetElapsedTime(since).TotalSeconds);
            return Task.CompletedTask;
        };
    }

    /// <summary>Closes a connection, cleanly if the broker is there. It does not wait for one that does not listen.</summary>
    public static Task CloseAsync(IConnection connection)
    {
        return Task.WhenAny(CloseInOrderAsync(), Task.Delay(ClosingPatience * 1.5, TimeProvider.System));

        async Task CloseInOrderAsync()
        {
            try
            {
                await connection.CloseAsync(ClosingPatience);
            }
            catch (Exception exception) when (BrokerProblem.IsOfBroker(exception))
            {
                // It is gone.
            }

            await connection.DisposeAsync();
        }
    }
}
