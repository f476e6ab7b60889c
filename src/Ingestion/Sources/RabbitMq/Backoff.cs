namespace Ingestion.Sources.RabbitMq;

/// <summary>Waits 0.1 s, 0.2 s … 5 s between attempts at the same thing.</summary>
internal sealed class Backoff(TimeProvider time)
{
    private const double Longest = 5;
    private double _seconds;

    public Task WaitAsync(CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds(_seconds = Math.Clamp(_seconds * 2, 0.1, Longest)), time, cancellationToken);

    /// <summary>Begins again after an attempt that got somewhere: it took longer than the longest wait.</summary>
    public void ResetAfter(TimeSpan attempt) => _seconds = attempt.TotalSeconds > Longest ? 0 : _seconds;
}
