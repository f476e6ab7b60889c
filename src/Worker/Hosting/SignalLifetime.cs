namespace Worker.Hosting;

/// <summary>Stops the host at the first signal. Unlike the console lifetime it lets a second one through to whoever gives up work in flight, and prints nothing.</summary>
internal sealed class SignalLifetime(StopSignals signals, IHostApplicationLifetime lifetime) : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        signals.First.Register(lifetime.StopApplication);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
