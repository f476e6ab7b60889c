using System.Text.RegularExpressions;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>
/// How Prometheus' OTLP receiver names a metric and a label with its default translation, <c>UnderscoreEscapingWithSuffixes</c>. After the specification
/// (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus), and where that leaves a choice
/// after what Prometheus 3 does (https://github.com/prometheus/otlptranslator).
/// </summary>
internal static partial class PrometheusNames
{
    /// <summary>The units that have a word; any other unit stands for itself.</summary>
    private static readonly Dictionary<string, string> Units = Pairs(
        "d days, h hours, min minutes, s seconds, ms milliseconds, us microseconds, ns nanoseconds, " +
        "By bytes, KiBy kibibytes, MiBy mebibytes, GiBy gibibytes, TiBy tibibytes, KBy kilobytes, MBy megabytes, GBy gigabytes, TBy terabytes, " +
        "m meters, V volts, A amperes, J joules, W watts, g grams, Cel celsius, Hz hertz, % percent, 1 ");

    /// <summary>What a unit is called behind a slash, where <c>m</c> is a minute.</summary>
    private static readonly Dictionary<string, string> Divisors = Pairs("s second, m minute, h hour, d day, w week, mo month, y year");

    /// <summary>The name of a metric; a histogram has <c>_bucket</c>, <c>_sum</c> and <c>_count</c> behind it.</summary>
    /// <param name="name">Its name in OpenTelemetry.</param>
    /// <param name="unit">Its unit, in UCUM.</param>
    /// <param name="isCounter">A sum that only grows.</param>
    /// <param name="isGauge">Neither a sum nor a histogram.</param>
    public static string OfMetric(string name, string unit, bool isCounter, bool isGauge)
    {
        List<string> words = [.. NotInMetric().Split(name).Where(word => word.Length > 0)];
        string[] parts = unit.Split('/', 2);
        string main = Word(parts[0], Units);
        string divisor = parts.Length > 1 ? Word(parts[1], Divisors).TrimEnd('_') : "";
        string per = divisor.Length > 0 && !words.Contains("per_" + divisor) ? "per_" + divisor : "";

        if (main.Length > 0 && !words.Contains(main))
            words.Add(per.Length > 0 ? main.TrimEnd('_') : main);
        if (per.Length > 0)
            words.Add(per);
        if (isCounter)
            MoveToEnd(words, "total");
        if (isGauge && unit == "1")
            MoveToEnd(words, "ratio");

        string translated = string.Join('_', words);
        return translated.Length > 0 && char.IsAsciiDigit(translated[0]) ? "_" + translated : translated;
    }

    /// <summary>The name of a label. Each character that is not allowed becomes an underscore of its own.</summary>
    public static string OfLabel(string name)
    {
        string translated = NotInLabel().Replace(name, "_");
        return char.IsAsciiDigit(translated[0]) ? "key_" + translated
            : translated.StartsWith('_') && !translated.StartsWith("__", StringComparison.Ordinal) ? "key" + translated
            : translated;
    }

    /// <summary>A unit as a part of a name; one in braces is an annotation and says nothing.</summary>
    private static string Word(string unit, Dictionary<string, string> words)
    {
        unit = unit.Trim();
        return unit.AsSpan().ContainsAny('{', '}') ? "" : NotInMetric().Replace(words.GetValueOrDefault(unit, unit), "_").TrimStart('_');
    }

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split(", ").Select(pair => pair.Split(' ')).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static void MoveToEnd(List<string> words, string suffix)
    {
        words.RemoveAll(word => word == suffix);
        words.Add(suffix);
    }

    [GeneratedRegex("[^a-zA-Z0-9:]+", RegexOptions.NonBacktracking)]
    private static partial Regex NotInMetric();

    [GeneratedRegex("[^a-zA-Z0-9_]", RegexOptions.NonBacktracking)]
    private static partial Regex NotInLabel();
}
