namespace Worker.Comparing;

/// <summary>A figure over all rounds.</summary>
/// <param name="Median">The middle one; of an even number, the mean of the two in the middle.</param>
internal readonly record struct Spread(double Median, double Min, double Max)
{
    private const int Decimals = 3;

    /// <summary>Of one value or more, to three decimals, as they are measured.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(Math.Round(median, Decimals), Math.Round(sorted[0], Decimals), Math.Round(sorted[^1], Decimals));
    }
}
