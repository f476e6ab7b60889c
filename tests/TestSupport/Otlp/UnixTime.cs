namespace TestSupport.Otlp;

internal static class UnixTime
{
    public static DateTimeOffset Of(ulong nanoseconds) => DateTimeOffset.UnixEpoch.AddTicks((long)(nanoseconds / 100));
}
