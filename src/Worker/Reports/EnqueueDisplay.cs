using Ingestion.Sources.RabbitMq;

namespace Worker.Reports;

/// <summary>Shows how a queue fills: a bar on a terminal, gone at the end, or a line on standard error every ten seconds.</summary>
internal sealed class EnqueueDisplay(IEnqueuer enqueuer, EnqueueRequest request, TimeProvider timeProvider) : IProgressDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly long _total = request.ResumeAfter == 0 ? request.Ids.Count : request.Ids.LongCount(id => id > request.ResumeAfter);
    private readonly long _startedAt = timeProvider.GetTimestamp();

    public Task ShowUntilAsync(Task run) => Terminal.IsInteractive
        ? Terminal.Error().Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = 30 }, new TaskDescriptionColumn { Alignment = Justify.Left })
            .StartAsync(context => UpdateUntilAsync(run, context.AddTask("starting", maxValue: Math.Max(1, _total))))
        : WriteUntilAsync(run);

    private async Task UpdateUntilAsync(Task run, ProgressTask bar)
    {
        using PeriodicTimer timer = new(Interval, timeProvider);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
        {
            bar.Value = enqueuer.Progress.Ids;
            bar.Description = Markup.Escape(Line());
        }
    }

    private async Task WriteUntilAsync(Task run)
    {
        using PeriodicTimer timer = new(ProgressLog.Interval, timeProvider);
        while (await Task.WhenAny(run, timer.WaitForNextTickAsync().AsTask()) != run)
            await Console.Error.WriteLineAsync(Line());
    }

    private string Line()
    {
        EnqueueProgress progress = enqueuer.Progress;
        double seconds = Math.Max(timeProvider.GetElapsedTime(_startedAt).TotalSeconds, 0.001);
        return $"{Quantity.Of(progress.Ids)} of {Quantity.Of(_total)} IDs in the queue, {Quantity.Of(progress.Messages / seconds)} messages/s";
    }
}
