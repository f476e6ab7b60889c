namespace Ingestion.Runs.Attempts;

/// <summary>
/// Cuts the attempts of a run into traces that stay readable: each has a root span that starts with its first attempt and ends with its last. That one was
/// the last is known when the trace is full, the run is over, or none has begun for a while.
/// </summary>
internal sealed class ItemTraces(TracingOptions options, RunTags tags, ActivityContext runStarted, TimeProvider timeProvider) : IDisposable
{
    /// <summary>A trace takes no more attempts after this long, so that a trickle of items does not keep its root open.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    /// <summary>A trace is over when it has had no attempt for this long, so that the root of an idle source's last items is not kept back.</summary>
    private static readonly TimeSpan MaxIdle = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly string _rootName = IngestionActivity.Root(tags.Strategy);
    private ITimer? _timer;
    private TraceGroup? _current;
    private string? _firstKept;

    /// <summary>Spans below an attempt show its stages.</summary>
    public bool HaveStages { get; } = options.HasStages;

    /// <summary>The first trace that was sampled; null when none was.</summary>
    public string? FirstKept { get { lock (_lock) return _firstKept; } }

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

    public void Leave(TraceGroup group, Activity? span)
    {
        lock (_lock)
        {
            group.Running--;
            group.IdleSince = timeProvider.GetTimestamp();
            if (span is not null && span.StartTimeUtc + span.Duration is var end && end > group.LastEnd)
                group.LastEnd = end;
            if (group.Attempts >= options.ItemsPerTrace)
                Close(group);
            else if (group.IsClosed)
                EndRootIfIdle(group);
            else if (group.Root is not null && _timer is null)
                StartTimer();
        }
    }

    /// <summary>The run is over: ends the root that is still open.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _timer?.Dispose();
            if (_current is { } current)
                Close(current);
        }
    }

    private void StartTimer()
    {
        // It outlives the attempt that happens to be the first.
        using (ExecutionContext.SuppressFlow())
            _timer = timeProvider.CreateTimer(static traces => ((ItemTraces)traces!).CloseIdle(), this, MaxIdle / 5, MaxIdle / 5);
    }

    private void CloseIdle()
    {
        lock (_lock)
        {
            if (_current is { Running: 0 } idle && timeProvider.GetElapsedTime(idle.IdleSince) >= MaxIdle)
                Close(idle);
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
        if (group.LastEnd != default)
            root.SetEndTime(group.LastEnd);
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

    /// <summary>A trace of items: its root span, and how many attempts are below it. Guarded by the lock.</summary>
    internal sealed class TraceGroup(Activity? root, long startedAt)
    {
        /// <summary>The root; null when nobody listens. Unsampled roots exist but are not recorded, so that nothing below them is.</summary>
        public Activity? Root => root;

        public long StartedAt => startedAt;

        public int Attempts { get; set; }

        public int Running { get; set; }

        /// <summary>When the last span of an attempt ended, on the clock of spans; default while none has.</summary>
        public DateTime LastEnd { get; set; }

        /// <summary>When the last attempt ended, as a timestamp of the run's clock.</summary>
        public long IdleSince { get; set; }

        public bool IsClosed { get; set; }
    }
}
