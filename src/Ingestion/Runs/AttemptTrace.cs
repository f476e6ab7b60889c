using System.Diagnostics;
using Ingestion.Items;
using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>
/// The <c>process {item}</c> span of an attempt. Its stages may run on several threads, so each stage makes it the current activity first.
/// In a trace that is not sampled nothing is started below it; where nobody can suppress that, the root takes its place: with no activity current,
/// the spans of HTTP and SQL would start traces of their own.
/// </summary>
internal sealed class AttemptTrace
{
    private readonly RunContext _run;
    private readonly WorkItem _item;
    private readonly TraceGroup _group;
    private readonly Activity? _span;
    private readonly int _threadId;

    public AttemptTrace(RunContext run, WorkItem item, int slot, TimeSpan queueWait)
    {
        _run = run;
        _item = item;
        _group = run.Traces.Join();
        if (_group.Root is not { IsAllDataRequested: true })
            return;

        _threadId = Environment.CurrentManagedThreadId;
        Activity.Current = _group.Root;
        _span = IngestionActivity.Source.StartActivity(
            IngestionActivity.Process(run.Transformer.Resource.Item), ActivityKind.Internal, _group.Root.Context, tags: null, Links(item));
        if (_span is { IsAllDataRequested: true })
            Describe(_span, slot, queueWait);
        Activity.Current = null;
    }

    /// <summary>What the stages run below; null without tracing.</summary>
    public Activity? Current => _span ?? _group.Root;

    /// <summary>Makes it the current activity, for the rest of the calling method, which is asynchronous and makes requests.</summary>
    public void MakeCurrent()
    {
        if (Current is not { } current)
            return;

        if (_span is null && _run.TraceSuppression is { } suppression)
            suppression.Suppress();
        else
            Activity.Current = current;
    }

    /// <summary>Makes it the current activity until the scope is disposed, in a method that makes no requests: without a span there is nothing to do.</summary>
    public Scope Enter()
    {
        if (_span is not null)
            Activity.Current = _span;
        return new Scope(_span is not null);
    }

    /// <summary>Starts the span of a stage; null in a trace that is not sampled.</summary>
    public Activity? StartSpan(string name) => _span is null ? null : IngestionActivity.Source.StartActivity(name);

    /// <summary>Ends the span of a stage that outlived the method it was started in.</summary>
    public static void Stop(Activity? span)
    {
        if (span is null || span.IsStopped)
            return;

        span.Stop();
        Activity.Current = null;
    }

    /// <summary>Points to the request that this attempt shared with another one.</summary>
    public void LinkTo(ActivityContext request)
    {
        if (request != default)
            _span?.AddLink(new ActivityLink(request));
    }

    /// <summary>Ends the attempt's span on the calling thread.</summary>
    public void End(Outcome? outcome, string? error)
    {
        if (_span is not null)
        {
            _item.PreviousAttempt = _span.Context;
            _span.SetTag(TagNames.EndThreadId, Environment.CurrentManagedThreadId);
            _span.SetTag(TagNames.ItemOutcome, outcome?.ToString());
            if (error is not null)
                _span.SetStatus(ActivityStatusCode.Error, error);
            _span.Stop();
            Activity.Current = null;
        }

        _run.Traces.Leave(_group, _span);
    }

    private static ActivityLink[]? Links(WorkItem item) => (item.PreviousAttempt != default, item.Source.Origin != default) switch
    {
        (true, _) => [new ActivityLink(item.PreviousAttempt)],
        (_, true) => [new ActivityLink(item.Source.Origin)],
        _ => null,
    };

    private void Describe(Activity span, int slot, TimeSpan queueWait)
    {
        _run.Tags.AddTo(span);
        span.SetTag(TagNames.ItemId, _item.Key);
        span.SetTag(TagNames.Slot, slot);
        span.SetTag(TagNames.Attempt, _item.Attempts);
        span.SetTag(TagNames.QueueWait, queueWait.TotalSeconds);
        span.SetTag(TagNames.ThreadId, _threadId);
        span.SetTag(TagNames.ThreadName, Thread.CurrentThread.Name ?? string.Empty);
    }

    /// <summary>Leaves no activity current behind.</summary>
    internal readonly struct Scope(bool isTracing) : IDisposable
    {
        public void Dispose()
        {
            if (isTracing)
                Activity.Current = null;
        }
    }
}
