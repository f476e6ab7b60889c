using System.Globalization;
using TestSupport.Otlp;

namespace Worker.EndToEndTests.Processes;

/// <summary>What can be computed from exported spans alone.</summary>
internal static class Traces
{
    /// <summary>The most spans that overlapped. One that starts in the nanosecond in which another ends does not overlap it.</summary>
    public static int MaxOverlap(IEnumerable<ReceivedSpan> spans)
    {
        int open = 0, most = 0;
        foreach ((ulong _, int change) in spans
            .SelectMany(span => new[] { (At: span.StartNanoseconds, Change: 1), (At: span.EndNanoseconds, Change: -1) })
            .OrderBy(edge => edge.At).ThenBy(edge => edge.Change))
        {
            open += change;
            most = Math.Max(most, open);
        }

        return most;
    }

    public static IReadOnlyList<ReceivedSpan> Named(this IEnumerable<ReceivedSpan> spans, string name) =>
        [.. spans.Where(span => span.Name == name)];

    public static long Number(this ReceivedSpan span, string attribute) =>
        Convert.ToInt64(span.Attributes[attribute], CultureInfo.InvariantCulture);

    public static string Text(this ReceivedSpan span, string attribute) => (string)span.Attributes[attribute]!;
}
