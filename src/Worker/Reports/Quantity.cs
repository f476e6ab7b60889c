namespace Worker.Reports;

/// <summary>Numbers, durations and points in time as people read them.</summary>
internal static class Quantity
{
    public static string Of(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    public static string Of(long number, string one, string? many = null) => $"{Of(number)} {(number == 1 ? one : many ?? one + "s")}";

    /// <summary>Cores, of which there may be fractions.</summary>
    public static string Cores(double cores) => $"{cores.ToString("0.##", CultureInfo.InvariantCulture)} {(cores == 1 ? "core" : "cores")}";

    /// <summary>A rate: with a decimal below 10, where it matters.</summary>
    public static string Of(double rate) => rate.ToString(rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>A point in time, in UTC.</summary>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>A duration in the two largest units that matter, such as <c>1 h 5 min</c> or <c>2.04 s</c>.</summary>
    public static string Of(TimeSpan duration) => duration switch
    {
        { TotalHours: >= 1 } => $"{(long)duration.TotalHours} h {duration.Minutes} min",
        { TotalMinutes: >= 1 } => $"{duration.Minutes} min {duration.Seconds} s",
        _ => duration.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s",
    };
}
