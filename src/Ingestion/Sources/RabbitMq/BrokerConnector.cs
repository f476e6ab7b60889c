using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Ingestion.Sources.RabbitMq;

/// <summary>Opens connections to the broker: waits while it is away, and gives up at once what waiting does not cure.</summary>
internal sealed class BrokerConnector(RabbitMqAddress address, RabbitMqOptions options, SourceHealth health, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    private bool _wasConnected;

    public Topology Topology { get; } = new(address, options);

    public RabbitMqAddress Address { get; } = address;

    /// <summary>
    /// A connection to a broker that has the queues. At first it is waited for as long as <c>RabbitMq:StartupTimeout</c> says, and a queue must be there at once; later a broker is waited
    /// for without end, and a queue that was there as long as that.
    /// </summary>
    /// <exception cref="IngestionConfigurationException">The broker cannot be used as configured.</exception>
    public async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        long since = time.GetTimestamp();
        long? missingSince = null;
        bool isTold = false;
        for (TimeSpan delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            string problem;
            try
            {
                IConnection connection = await TryConnectAsync(cancellationToken);
                if (isTold)
                    QueueLog.BrokerReached(logger, Address, time.GetElapsedTime(since).TotalSeconds);
                _wasConnected = true;
                health.ReportReachable();
                return connection;
            }
            catch (QueueMissingException exception)
            {
                missingSince ??= time.GetTimestamp();
                if (!_wasConnected || time.GetElapsedTime(missingSince.Value) >= options.StartupTimeout)
                    throw new IngestionConfigurationException(exception.Message);
                problem = exception.Message;
            }
            catch (Exception exception) when (BrokerProblem.IsOfBroker(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (BrokerProblem.Advise(exception) is { } advice)
                    throw BrokerProblem.Explain(exception, Address, advice);
                missingSince = null;
                problem = BrokerProblem.Describe(exception);
                if (!_wasConnected && time.GetElapsedTime(since) >= options.StartupTimeout)
                    throw new IngestionConfigurationException($"{Address}: no usable answer for {options.StartupTimeout:c}, the last attempt ended with: {problem}; start the broker, correct host and port, or raise {RabbitMqOptions.Section}:StartupTimeout");
            }

            health.ReportUnreachable(problem);
            if (!isTold)
                QueueLog.WaitingForBroker(logger, Address, problem);
            isTold = true;
            await Task.Delay(delay, time, cancellationToken);
        }
    }

    private async Task<IConnection> TryConnectAsync(CancellationToken cancellationToken)
    {
        IConnection connection = await Address.CreateFactory().CreateConnectionAsync(cancellationToken);
        try
        {
            await Topology.EnsureAsync(connection, cancellationToken);
            return connection;
        }
        catch
        {
            await CloseAsync(connection);
            throw;
        }
    }

    /// <summary>Closes a connection, in good order if the broker is there.</summary>
    public static async Task CloseAsync(IConnection connection)
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

    private static readonly TimeSpan ClosingPatience = TimeSpan.FromSeconds(2);
}
