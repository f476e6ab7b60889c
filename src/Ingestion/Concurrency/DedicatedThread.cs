namespace Ingestion.Concurrency;

/// <summary>Runs something on a separate OS thread, not one of the .NET thread pool.</summary>
internal static class DedicatedThread
{
    /// <summary>Starts the thread. The task completes when the body has returned; the body must not throw.</summary>
    /// <exception cref="OutOfMemoryException">The operating system grants no further thread.</exception>
    public static Task Start(string name, Action body)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            body();
            ended.SetResult();
        })
        {
            Name = name,
            IsBackground = true,
        };
        thread.UnsafeStart();
        return ended.Task;
    }
}
