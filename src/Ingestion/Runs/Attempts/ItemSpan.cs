using Ingestion.Telemetry;

namespace Ingestion.Runs.Attempts;

/// <summary>
/// The <c>process {item}</c> span of an attempt. Its stages may run on several threads, so each stage makes it the current activity first.
/// In a trace that is not sampled nothing is started below it; where nobody can suppress that, the root takes its place: with no activity current,
/// the spans of HTTP and SQL would start traces of their own.
/// </summary>
internal readonly struct ItemSpan
{
    private readonly Run _run;
    private readonly WorkItem _item;
    private readonly TraceGroup _group;
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
            span.SetTag(TagNames.QueueWait, queueWait.TotalSeconds);
            span.SetTag(TagNames.ThreadId, Environment.CurrentManagedThreadId);
            span.SetTag(TagNames.ThreadName, Thread.CurrentThread.Name ?? string.Empty);
        }

        Activity.Current = null;
    }

    /// <summary>What the stages run below; null without tracing.</summary>
    public Activity? Current => _span ?? _group.Root;

    /// <summary>Makes it the current activity, for the rest of the calling method, which is asynchronous and makes requests.</summary>
    public void MakeCurrent()
    {
        if (_span is null && _group.Root is not null && _run.Services.TraceSuppression is { } suppression)
            suppression.Suppress();
        else if (Current is { } current)
            Activity.Current = current;
    }

    /// <summary>Starts a span below it, which is current then; null in a trace that is not sampled.</summary>
    public Activity? Start(string? name)
    {
        if (_span is not null)
            Activity.Current = _span;
        return _span is null || name is null ? null : IngestionActivity.Source.StartActivity(name);
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

    /// <summary>Ends the attempt's span on the calling thread.</summary>
    public void End(string? outcome, string? error)
    {
        if (_span is not null)
        {
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
