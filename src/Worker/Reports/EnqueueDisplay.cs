using Ingestion.Sources.RabbitMq;

namespace Worker.Reports;

/// <summary>Shows how a queue fills: a bar on a terminal, gone at the end, or a line on standard error every ten seconds.</summary>
internal sealed class EnqueueDisplay(IEnqueuer enqueuer, EnqueueRequest request, TimeProvider timeProvider)
{
    private readonly long _total = request.ResumeAfter == 0 ? request.Count : request.Keys.LongCount();
    private readonly long _startedAt = timeProvider.GetTimestamp();

    /// <summary>Returns when the work has ended, whatever its end.</summary>
    public Task ShowUntilAsync(Task enqueuing) => Terminal.IsInteractive
        ? Terminal.Bar(Terminal.Error()).StartAsync(context =>
        {
            ProgressTask bar = context.AddTask("starting", maxValue: Math.Max(1, _total));
            return Terminal.WatchAsync(enqueuing, RunDisplay.BarInterval, timeProvider, () => (bar.Value, bar.Description) = (enqueuer.Progress.Ids, Markup.Escape(Line())));
        })
        : Terminal.WatchAsync(enqueuing, RunDisplay.LineInterval, timeProvider, () => Console.Error.WriteLine(Line()));

    private string Line()
    {
        EnqueueProgress progress = enqueuer.Progress;
        double seconds = Math.Max(timeProvider.GetElapsedTime(_startedAt).TotalSeconds, 0.001);
        return $"{Quantity.Of(progress.Ids)} of {Quantity.Of(_total)} IDs in the queue, {Quantity.Of(progress.Messages / seconds)} messages/s";
    }
}
