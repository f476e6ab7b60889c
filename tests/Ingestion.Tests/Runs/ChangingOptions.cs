using Microsoft.Extensions.Options;

namespace Ingestion.Tests.Runs;

/// <summary>Options that a test reloads.</summary>
internal sealed class ChangingOptions<T>(T value) : IOptionsMonitor<T>
    where T : class
{
    private volatile T _value = value;
    private Action<T, string?>? _listeners;

    public T CurrentValue => _value;

    public T Get(string? name) => _value;

    /// <summary>Puts another value in force, and tells everybody on this thread.</summary>
    public void Change(T value)
    {
        _value = value;
        _listeners?.Invoke(value, null);
    }

    public IDisposable OnChange(Action<T, string?> listener)
    {
        _listeners += listener;
        return new Registration(() => _listeners -= listener);
    }

    private sealed class Registration(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
