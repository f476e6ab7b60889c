using Ingestion.Runs.Advice;

namespace Worker.Reports.Pictures;

/// <summary>Draws the latest attempts of a worker, whichever run they belong to, and puts them into a report.</summary>
internal static class LatestAttempts
{
    private const int MomentsOfAdvice = 60;

    /// <summary>The latest attempts of a run that has just ended, a bar each; nothing when its own picture has all of them, or there are too many lanes for bars.</summary>
    public static IEnumerable<DrawnRun> OfRun(RecentAttempts recent, RunPicture run)
    {
        RunRecording first = run.Recording;
        if (first.Attempts.Count == first.AttemptCount || recent.Record(DrawnRun.MaxItemsDrawn) is not { Recording: var last } || !DrawnRun.AreItemsDrawn(last))
            return [];

        TimeSpan begin = last.StartedAt - first.StartedAt;
        last = last with { ThreadNames = first.ThreadNames, Samples = Since(begin, first.Samples) };
        return [Draw(last, run.Summary.Strategy, run.Summary.DegreeOfParallelism, ThreadReading.Of(last))];
    }

    /// <summary>A report of the latest attempts; null when there are none.</summary>
    /// <param name="recent">Where they are kept.</param>
    /// <param name="now">How the run stands.</param>
    /// <param name="moments">How it, and runs before it, stood up to now, once a second.</param>
    /// <param name="changes">What was changed, and when.</param>
    /// <param name="why">Why the report is written.</param>
    /// <param name="traceLink">See <see cref="ReportDocument.TraceLink"/>.</param>
    public static ReportDocument? Report(RecentAttempts recent, RunMoment now, IReadOnlyList<RunMoment> moments, IReadOnlyList<RunMark> changes, string why, string? traceLink)
    {
        if (recent.Record() is not { } all)
            return null;

        List<DrawnRun> drawn = [Draw(all)];
        if (!DrawnRun.AreItemsDrawn(all.Recording) && recent.Record(DrawnRun.MaxItemsDrawn) is { } latest && DrawnRun.AreItemsDrawn(latest.Recording))
            drawn.Insert(0, Draw(latest));
        RunAdvice? advice = RunMoment.Advise([.. moments.TakeLast(MomentsOfAdvice).Where(moment => moment.RunId == now.RunId)]);
        return new ReportDocument(
            $"{now.Strategy} over {now.Source}, its latest attempts",
            [$"Written because {why}", $"Shows {Period(all.Recording)}", ReportDocument.Machine],
            [],
            new ReportDocument.Figures(["figure", "value"], [.. Figures(now, recent).Select(row => (IReadOnlyList<ReportDocument.Cell>)[new(row.Name), new(row.Value)])]),
            advice is null ? [] : [new ReportDocument.Answer(now.Strategy, AdviceText.Of(advice))])
        {
            Latest = drawn,
            Axis = "over the time that stands above the picture",
            TraceLink = traceLink,
        };

        DrawnRun Draw((TimeSpan From, RunRecording Recording) recorded)
        {
            // Threads are numbered from one in each run.
            bool isOneRun = recorded.From >= now.StartedAt;
            TimeSpan[] starts = [.. moments.Select(moment => moment.StartedAt).Distinct().Where(start => start >= recorded.From)];
            RunRecording recording = recorded.Recording with
            {
                ThreadNames = isOneRun ? now.ThreadNames : [],
                Marks = [.. changes.Where(mark => mark.At >= recorded.From).Select(mark => mark with { At = mark.At - recorded.From })],
                Samples = Since(recorded.From, moments.Select(moment => moment.Sample with { At = moment.StartedAt + moment.Sample.At })),
            };
            DrawnRun run = LatestAttempts.Draw(recording, now.Strategy, now.Sample.Limit, isOneRun ? ThreadReading.Of(recording, "latest") : ["Several runs follow each other; each numbers its threads from 1."]);
            object[][] marks = [.. run.Marks ?? [], .. starts.Select(start => (object[])[DrawnRun.Microseconds(start - recorded.From), "a run starts"])];
            return run with { Marks = marks.Length == 0 ? null : marks };
        }
    }

    private static DrawnRun Draw(RunRecording recording, string name, int limit, IEnumerable<string> reading) => DrawnRun.Of(recording, name, Period(recording), reading, limit) with { Apart = true };

    private static string Period(RunRecording recording)
    {
        int open = recording.Attempts.Count(attempt => attempt.IsOpen);
        return $"the latest {Quantity.Of(recording.AttemptCount, "attempt")}{(open > 0 ? $", of which {Quantity.Of(open)} go on" : "")}: {Quantity.Of(recording.Elapsed)}, from {Quantity.Of(recording.StartedAt)} to {Quantity.Of(recording.StartedAt + recording.Elapsed)} UTC";
    }

    private static RunSample[] Since(TimeSpan begin, IEnumerable<RunSample> samples) =>
        [.. samples.Where(sample => sample.At >= begin).Select(sample => sample with { At = sample.At - begin })];

    private static IEnumerable<(string Name, string Value)> Figures(RunMoment now, RecentAttempts recent)
    {
        RunSample sample = now.Sample;
        yield return ("run", now.RunId.ToString());
        yield return ("state", now.IsOver ? "has ended" : $"goes on, {Quantity.Of(sample.At)} so far");
        yield return ("items done", Quantity.Of(now.Counts.Total) + (now.Requested is { } requested ? $" of {Quantity.Of(requested)}" : ""));
        yield return ("ingested", Quantity.Of(now.Counts.Ingested));
        yield return ("unchanged", Quantity.Of(now.Counts.Unchanged));
        yield return ("not found", Quantity.Of(now.Counts.NotFound));
        yield return ("failed", Quantity.Of(now.Counts.Failed));
        yield return ("retries", Quantity.Of(now.Retries));
        yield return ("in flight", $"{Quantity.Of(sample.InFlight)} of {(sample.Limit > 0 ? Quantity.Of(sample.Limit) : "no limit")}");
        yield return ("in the channel", $"{Quantity.Of(sample.ChannelDepth)} of {Quantity.Of(now.ChannelCapacity)}");
        yield return ("waiting for a retry", Quantity.Of(sample.WaitingForRetry));
        yield return ("upstream gate", now.GateClosedFor > TimeSpan.Zero ? $"closed for {Quantity.Of(now.GateClosedFor)}: {now.GateReason}" : "open");
        yield return ("database", sample.IsStorageAway ? "does not answer; the worker waits" : "answers");
        foreach (RecentFailure failure in recent.LookBack(most: 0).Failures)
            yield return ($"failed {Quantity.Of(failure.Count)} times", $"{failure.Reason}, last item {failure.Key}");
    }
}
