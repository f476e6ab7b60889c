using System.Globalization;

namespace LimiterComparison;

/// <summary>How an algorithm did for some time.</summary>
internal sealed record Measured(double Share, long Rejected, long Answered, int MostInFlight)
{
    private double RejectedShare => Rejected / (double)Math.Max(Rejected + Answered, 1);

    /// <summary>Each figure by itself.</summary>
    public static Measured Median(Measured[] all)
    {
        Measured typical = Middle(all, measured => measured.RejectedShare);
        return typical with { Share = Middle(all, measured => measured.Share).Share, MostInFlight = Middle(all, measured => measured.MostInFlight).MostInFlight };
    }

    /// <summary>Adds up the rejections of what went before.</summary>
    public Measured After(Measured first, Measured second) => this with
    {
        Rejected = Rejected + first.Rejected + second.Rejected,
        Answered = Answered + first.Answered + second.Answered,
        MostInFlight = Math.Max(MostInFlight, second.MostInFlight),
    };

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Share:F2} / {100 * RejectedShare:F1} % / {MostInFlight}");

    private static Measured Middle(Measured[] all, Func<Measured, double> figure) => all.OrderBy(figure).ElementAt(all.Length / 2);
}
