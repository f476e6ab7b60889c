namespace Ingestion.Upstream;

/// <summary>
/// Reads what an answer says about the requests that are left: <c>RateLimit</c> and <c>RateLimit-Policy</c>, the <c>RateLimit-*</c> of earlier drafts
/// (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/), <c>X-RateLimit-*</c>, and <c>Retry-After</c> on an answer that is no failure.
/// What makes no sense is ignored.
/// </summary>
internal static class QuotaHeaders
{
    /// <summary>A reset that is as large is a moment, in seconds or milliseconds since 1970, and no duration: as one it would be decades.</summary>
    private const double EpochSeconds = 1e9;
    private const double EpochMilliseconds = 1e11;

    // Whole, for every answer is asked for them.
    private static readonly (string Remaining, string Reset, string Limit)[] Names =
    [
        ("RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Limit"),
        ("X-RateLimit-Remaining", "X-RateLimit-Reset", "X-RateLimit-Limit"),
    ];

    public static Quota? Read(HttpResponseMessage response, TimeProvider time)
    {
        if ((int)response.StatusCode < 400 && FetchFailures.RetryAfter(response, TimeSpan.MaxValue, time) is { } pause && pause > TimeSpan.Zero)
            return new Quota(0, pause, null, "Retry-After");
        if (Combined(response, time) is { } combined)
            return combined;

        foreach ((string left, string renewal, string most) in Names)
        {
            if (Number(Value(response, left)) is { } remaining && ResetIn(response, Number(Value(response, renewal)), time) is { } reset)
                return new Quota((long)remaining, reset, (long?)Number(Value(response, most)?.Split(',', ';')[0]), left);
        }

        return null;
    }

    /// <summary><c>"burst";r=0;t=3, "day";r=812;t=40000</c>, of which the scarcest counts, or <c>limit=100, remaining=50, reset=30</c>.</summary>
    private static Quota? Combined(HttpResponseMessage response, TimeProvider time)
    {
        if (Value(response, "RateLimit") is not { } text)
            return null;

        Quota? scarcest = null;
        foreach (string item in text.Contains(';', StringComparison.Ordinal) ? text.Split(',') : [text])
        {
            if ((Parameter(item, "r") ?? Parameter(item, "remaining")) is { } remaining && (scarcest is null || remaining < scarcest.Value.Remaining)
                && ResetIn(response, Parameter(item, "t") ?? Parameter(item, "reset"), time) is { } reset)
                scarcest = new Quota((long)remaining, reset, (long?)(Parameter(item, "limit") ?? PolicyOf(item)), "RateLimit");
        }

        return scarcest;

        // Under the same name: "day";q=1000;w=86400.
        double? PolicyOf(string item) => Value(response, "RateLimit-Policy")?.Split(',').Where(policy => policy.Split(';')[0].Trim() == item.Split(';')[0].Trim()).Select(policy => Parameter(policy, "q")).FirstOrDefault();
    }

    private static double? Parameter(string item, string name) =>
        item.Split(';', ',').Select(part => part.Split('=')).Where(part => part.Length == 2 && part[0].Trim() == name).Select(part => Number(part[1])).FirstOrDefault();

    // By the server's own clock, where it shows it. Whole seconds may have been rounded down: a tenth more, a second at most, and it is over.
    private static TimeSpan? ResetIn(HttpResponseMessage response, double? reset, TimeProvider time)
    {
        double? seconds = reset < EpochSeconds ? reset
            : (reset < EpochMilliseconds ? reset : reset / 1000) - ((response.Headers.Date ?? time.GetUtcNow()).ToUnixTimeMilliseconds() / 1000.0);
        return seconds > 0 ? TimeSpan.FromSeconds(Math.Min(seconds.Value + Math.Min(1, seconds.Value / 10), EpochSeconds)) : null;
    }

    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out double number) && number is >= 0 and < 1e18 ? number : null;

    private static string? Value(HttpResponseMessage response, string name) => response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;
}
