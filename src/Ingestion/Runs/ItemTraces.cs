using System.Diagnostics;
using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>
/// Cuts the attempts of a run into traces that stay readable: each has a root span that starts with its first attempt and ends with its last.
/// </summary>
internal sealed class ItemTraces(TracingOptions options, RunTags tags, ActivityContext runStarted, TimeProvider timeProvider)
{
    /// <summary>A trace takes no more attempts after this long, so that a trickle of items does not keep its root open.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly string _rootName = IngestionActivity.Root(tags.Strategy);
    private TraceGroup? _current;
    private string? _firstKept;

    /// <summary>The first trace that was sampled; null when none was.</summary>
    public string? FirstKept
    {
        get
        {
            lock (_lock)
                return _firstKept;
        }
    }

    /// <summary>Joins an attempt to a trace. It must <see cref="Leave"/> once.</summary>
    public TraceGroup Join()
    {
        lock (_lock)
        {
            if (_current is { } full && (full.Attempts >= options.ItemsPerTrace || timeProvider.GetElapsedTime(full.StartedAt) > MaxAge))
                Close(full);

            TraceGroup group = _current ??= new TraceGroup(StartRoot(), timeProvider.GetTimestamp());
            group.Attempts++;
            group.Running++;
            return group;
        }
    }

    /// <summary>An attempt has ended.</summary>
    public void Leave(TraceGroup group)
    {
        lock (_lock)
        {
            group.Running--;
            if (group.Attempts >= options.ItemsPerTrace)
                Close(group);
            else if (group.IsClosed)
                EndRootIfIdle(group);
        }
    }

    /// <summary>The run is over: ends the root that is still open.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_current is { } current)
                Close(current);
        }
    }

    private void Close(TraceGroup group)
    {
        group.IsClosed = true;
        if (ReferenceEquals(_current, group))
            _current = null;
        EndRootIfIdle(group);
    }

    private static void EndRootIfIdle(TraceGroup group)
    {
        if (group.Running > 0 || group.Root is not { } root)
            return;

        Activity? current = Activity.Current;
        root.SetTag(TagNames.Items, group.Attempts);
        root.Stop();
        Activity.Current = ReferenceEquals(current, root) ? null : current;
    }

    private Activity? StartRoot()
    {
        Activity.Current = null;
        ActivityLink[]? links = runStarted == default ? null : [new ActivityLink(runStarted)];
        Activity? root = IngestionActivity.Source.StartActivity(_rootName, ActivityKind.Internal, default(ActivityContext), tags: null, links);
        tags.AddTo(root);
        if (root is { Recorded: true })
            _firstKept ??= root.TraceId.ToHexString();
        Activity.Current = null;
        return root;
    }
}
