using Ingestion.Runs.Recording;

namespace Ingestion.Runs.Attempts;

/// <summary>The <c>process {item}</c> span of an attempt. Its stages may run on several threads, so each makes it the current activity first. Where nothing is to be below it, it keeps HTTP quiet.</summary>
internal readonly struct ItemSpan
{
    /// <summary>In the order of <see cref="Stage"/>.</summary>
    private static readonly string[] TimeTags = [TagNames.GateTime, TagNames.FetchTime, TagNames.DelayTime, TagNames.TransformTime, TagNames.PersistTime];

    private readonly Run _run;
    private readonly WorkItem _item;
    private readonly ItemTraces.TraceGroup _group;
    private readonly Activity? _span;

    public ItemSpan(Run run, WorkItem item, int slot, TimeSpan queueWait)
    {
        (_run, _item, _group) = (run, item, run.Traces.Join());
        if (_group.Root is not { IsAllDataRequested: true } root)
            return;

        Activity.Current = root;
        _span = IngestionActivity.Source.StartActivity(IngestionActivity.Process(run.Services.Transformer.Resource.Item), ActivityKind.Internal, root.Context, tags: null, Links(item));
        if (_span is { IsAllDataRequested: true } span)
        {
            run.Tags.AddTo(span);
            span.SetTag(TagNames.ItemId, item.Key.Text is { } text ? text : item.Key.Number);
            span.SetTag(TagNames.Slot, slot);
            span.SetTag(TagNames.Attempt, item.Attempts);
            if (item.Source.IsUrgent)
                span.SetTag(TagNames.IsUrgent, true);
            span.SetTag(TagNames.QueueWait, queueWait.TotalSeconds);
            span.SetTag(TagNames.ThreadId, Environment.CurrentManagedThreadId);
            span.SetTag(TagNames.ThreadName, Thread.CurrentThread.Name ?? string.Empty);
        }

        Activity.Current = null;
    }

    /// <summary>The trace it is kept in, as 32 hexadecimal digits; null when it is not.</summary>
    public string? TraceId => _span is { Recorded: true } ? _span.TraceId.ToHexString() : null;

    /// <summary>Makes it the current activity: what is logged and measured then belongs to it.</summary>
    public void Enter()
    {
        if (_span is not null)
            Activity.Current = _span;
    }

    /// <summary>For the rest of the calling method, which is asynchronous and makes a request: lets HTTP start no span where none is to be below this one.</summary>
    public void PrepareRequest()
    {
        if (_group.Root is null || (_span is not null && _run.Traces.HaveStages))
            return;

        // Where nobody can suppress it, HTTP would start a separate trace with no activity current.
        Activity.Current = _run.Services.TraceSuppression is null ? _span ?? _group.Root : null;
        _run.Services.TraceSuppression?.Suppress();
    }

    /// <summary>Starts the span of a stage, which is current then: the attempt's own where stages have none. Null in a trace that is not sampled.</summary>
    public Activity? Start(string? name)
    {
        Enter();
        return _span is null || name is null ? null : _run.Traces.HaveStages ? IngestionActivity.Source.StartActivity(name) : _span;
    }

    /// <summary>Ends what <see cref="Start"/> started, and leaves no activity current behind.</summary>
    public void Stop(Activity? stage)
    {
        if (stage != _span)
            stage?.Stop();
        Leave();
    }

    /// <summary>Leaves no activity current behind.</summary>
    public void Leave()
    {
        if (_span is not null)
            Activity.Current = null;
    }

    /// <summary>Points to the request that this attempt shared with another one.</summary>
    public void LinkTo(ActivityContext request)
    {
        if (request != default)
            _span?.AddLink(new ActivityLink(request));
    }

    /// <summary>The request was answered; without stages, nothing else says how.</summary>
    public void Answered(int? statusCode)
    {
        if (!_run.Traces.HaveStages)
            _span?.SetTag(TagNames.StatusCode, statusCode);
    }

    /// <summary>Ends the attempt's span on the calling thread.</summary>
    public void End(string? outcome, string? error, in StageTimes times, bool isSlow)
    {
        if (_span is not null)
        {
            for (int i = 0; i < TimeTags.Length && !_run.Traces.HaveStages; i++)
            {
                if (times.Of((Stage)i) is var time && time > TimeSpan.Zero)
                    _span.SetTag(TimeTags[i], time.TotalSeconds);
            }

            if (isSlow)
                _span.SetTag(TagNames.IsSlow, true);
            _item.PreviousAttempt = _span.Context;
            _span.SetTag(TagNames.EndThreadId, Environment.CurrentManagedThreadId);
            _span.SetTag(TagNames.ItemOutcome, outcome);
            if (error is not null)
                _span.SetStatus(ActivityStatusCode.Error, error);
            _span.Stop();
            Activity.Current = null;
        }

        _run.Traces.Leave(_group, _span);
    }

    private static ActivityLink[]? Links(WorkItem item) =>
        item.PreviousAttempt != default ? [new ActivityLink(item.PreviousAttempt)] : item.Source.Origin != default ? [new ActivityLink(item.Source.Origin)] : null;
}
