namespace UpstreamSimulator.Settings;

/// <summary>A setting, as the command line, the environment and <c>/control</c> name it, with what the help page says of its value.</summary>
/// <param name="Apply">The options with the setting changed to a value; throws <see cref="FormatException"/> for a bad one.</param>
/// <param name="Joint">Joins the values of a setting that may be given several times; null: the last one counts.</param>
internal sealed record Setting(string Name, string Value, string Description, Func<SimulatorOptions, string, SimulatorOptions> Apply, char? Joint = null);

/// <summary>Every setting there is. The value <c>none</c> switches an optional one off.</summary>
internal static class SettingTable
{
    private const string None = "none";

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("seed", "N", "everything made up or decided by chance follows from this; default 1",
            (options, text) => options with { Seed = SettingText.Number(text, 0, int.MaxValue) }),
        new("characters", "N", "how many characters, parts, orders and things there are; default 826",
            (options, text) => options with { Characters = SettingText.Number(text, 0, int.MaxValue - 1) }),
        new("revised", "IDS", "IDs whose record differs from what it was at first, such as 1-5,9",
            (options, text) => options with { Revised = IdRanges.Parse(OrEmpty(text)) }, ','),
        new("latency", "DURATION", "how long a request takes, such as 2s or 150ms; default 0",
            (options, text) => options with { Latency = SettingText.Duration(text) }),
        new("latency-jitter", "DURATION", "up to this much is added to the latency; default 0",
            (options, text) => options with { LatencyJitter = SettingText.Duration(text) }),
        new("capacity", "N", "with more requests in flight latency grows in proportion; default none",
            (options, text) => options with { Capacity = Optional(text) }),
        new("reject-above", "N", "with more requests in flight the newcomer is answered 429; default none",
            (options, text) => options with { RejectAbove = Optional(text) }),
        new("quota", "N", "requests taken in a window and announced with X-RateLimit headers, more are answered 429; default none",
            (options, text) => options with { Quota = Optional(text) }),
        new("quota-window", "DURATION", "how long a window of the quota is; default 60s",
            (options, text) => options with { QuotaWindow = SettingText.Duration(text) }),
        new("retry-after", "DURATION", "Retry-After, in whole seconds, of every 429 and 503; default none",
            (options, text) => options with { RetryAfter = text == None ? null : SettingText.Duration(text) }),
        new("error-rate", "FAULT=RATE", "how often a fault strikes, such as 500=0.1; can be repeated",
            (options, text) => options with { ErrorRates = FaultRates.Parse(OrEmpty(text)) }, ','),
        new("faults", "PLAN", "faults of certain IDs, request by request, such as \"7:500,500,429@2;13:*html\"",
            (options, text) => options with { Faults = FaultPlan.Parse(OrEmpty(text)) }, ';'),
        new("slow-body", "DURATION", "how long the body of the fault 'slow' takes; default 30s",
            (options, text) => options with { SlowBody = SettingText.Duration(text) }),
        new("oversize-bytes", "N", "how long the body of the fault 'oversize' is; default 2097152",
            (options, text) => options with { OversizeBytes = SettingText.Number(text, 4096, 1 << 30) }),
        new("redirect-to", "URL", "where the fault 'redirect' leads; default http://other-host.invalid/",
            (options, text) => options with { RedirectTo = SettingText.Url(text) }),
        new("token", "TEXT", "a bearer token for parts that never expires; default open-sesame",
            (options, text) => options with { Token = text }),
        new("token-lifetime", "DURATION", "how long tokens of /oauth/token count, also earlier ones; default 60m",
            (options, text) => options with { TokenLifetime = SettingText.Duration(text) }),
        new("repeat-page", "N", "the page of a list whose next link leads back to it; default none",
            (options, text) => options with { RepeatPage = Optional(text) }),
    ];

    /// <summary>The options with one setting changed.</summary>
    /// <exception cref="FormatException">There is no such setting, or the value is bad; the message names the setting.</exception>
    public static SimulatorOptions Apply(SimulatorOptions options, string name, string value)
    {
        Setting setting = All.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new FormatException($"unknown setting '{name}'; settings are: {string.Join(", ", All.Select(known => known.Name))}");
        try
        {
            return setting.Apply(options, value);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{name}: {e.Message}", e);
        }
    }

    private static int? Optional(string text) => text == None ? null : SettingText.Number(text, 1, int.MaxValue);

    private static string OrEmpty(string text) => text == None ? "" : text;
}
