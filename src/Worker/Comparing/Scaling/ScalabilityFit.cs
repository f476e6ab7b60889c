using MathNet.Numerics.Distributions;
using MathNet.Numerics.LinearAlgebra;

namespace Worker.Comparing.Scaling;

/// <summary>
/// The law that fits measured rates best. N ÷ X(N) = 1/λ + (σ/λ)(N−1) + (κ/λ)N(N−1) is linear in its coefficients; the squares that are least are those of relative errors, for a rate
/// that is ten times as high varies ten times as much. So each equation is weighted with what the fit before says of it (iteratively reweighted least squares).
/// A coefficient below 0 means nothing: it is left out, and the others are fitted again.
/// </summary>
/// <param name="Rate">Of λ, in items per second.</param>
/// <param name="Contention">Of σ.</param>
/// <param name="Coherence">Of κ.</param>
/// <param name="Misfit">By which share the rates lie off the curve: the root of the mean square over the degrees.</param>
/// <param name="Holds">
/// Whether the rates lie on the curve as well as their own variation lets them; false where something else than the law decides, such as a hard ceiling.
/// </param>
internal sealed record ScalabilityFit(ScalabilityLaw Law, Interval Rate, Interval Contention, Interval Coherence, double Misfit, bool Holds)
{
    /// <summary>Fewer degrees than this do not tell a bend from noise.</summary>
    public const int MinDegrees = 6;

    private const int Coefficients = 3;
    private const int Reweightings = 4;

    /// <summary>
    /// For 95 % that all three hold at once, each has a third of what is left over (https://en.wikipedia.org/wiki/Bonferroni_correction). 97 %, because N ÷ X of a noisy X is not quite normal:
    /// with 95 %, 94 in 100 held.
    /// </summary>
    private const double Confidence = 1 - ((1 - 0.97) / Coefficients);

    /// <summary>How sure it must be that the curve misses the measured rates, which vary by themselves too.</summary>
    private const double MisfitSignificance = 0.01;

    /// <summary>A curve that misses by less than this is good enough to choose from, however precisely it was measured.</summary>
    private const double BearableMisfit = 0.03;

    /// <summary>Whether the measured rates show for sure that they fall again.</summary>
    public bool HasPeak => Coherence.Low > 0 && Law.Peak is not null;

    /// <summary>Fits the law to measurements of <see cref="MinDegrees"/> degrees or more, each of one round or more.</summary>
    /// <exception cref="ArgumentException">There are fewer degrees, or a rate is not above 0.</exception>
    public static ScalabilityFit Of(IReadOnlyList<RateAt> measured)
    {
        int degrees = measured.Select(point => point.Degree).Distinct().Count();
        if (degrees < MinDegrees)
            throw new ArgumentException($"a curve needs at least {MinDegrees} degrees of parallelism, not {degrees}", nameof(measured));
        if (measured.Any(point => !(point.ItemsPerSecond > 0)))
            throw new ArgumentException("every rate must be above 0", nameof(measured));

        Matrix<double> terms = Matrix<double>.Build.Dense(measured.Count, Coefficients, (row, column) => measured[row].Degree switch
        {
            var n when column == 0 => n > 0 ? 1 : throw new ArgumentException("a degree must be above 0", nameof(measured)),
            var n when column == 1 => n - 1,
            var n => (double)n * (n - 1),
        });
        Vector<double> times = Vector<double>.Build.Dense(measured.Count, row => measured[row].Degree / measured[row].ItemsPerSecond);
        (Vector<double> free, Vector<double> weights) = Solve(terms, times, [0, 1, 2]);
        int[] kept = [0, .. Enumerable.Range(1, Coefficients - 1).Where(column => free[column] > 0)];
        Vector<double> fitted = Solve(terms, times, kept).Solution;
        // Without one, the other may come out below 0 too.
        if (Enumerable.Range(1, Coefficients - 1).Any(column => fitted[column] < 0))
            fitted = Solve(terms, times, [0]).Solution;

        ScalabilityLaw law = new(1 / fitted[0], fitted[1] / fitted[0], fitted[2] / fitted[0]);
        (double misfit, bool holds) = Judge(measured, law, degrees - kept.Length);
        (Interval rate, Interval contention, Interval coherence) = Intervals(terms, times, free, weights, law);
        return new ScalabilityFit(law, rate, contention, coherence, misfit, holds);
    }

    private static (Vector<double> Solution, Vector<double> Weights) Solve(Matrix<double> terms, Vector<double> times, int[] columns)
    {
        Matrix<double> chosen = Matrix<double>.Build.DenseOfColumnVectors(columns.Select(terms.Column));
        Vector<double> expected = times;
        Vector<double> solution = Vector<double>.Build.Dense(Coefficients);
        for (int i = 0; i < Reweightings; i++)
        {
            Vector<double> root = expected.Map(time => 1 / time);
            Vector<double> part = Weighted(chosen, root).QR().Solve(times.PointwiseMultiply(root));
            for (int column = 0; column < columns.Length; column++)
                solution[columns[column]] = part[column];
            Vector<double> next = chosen * part;
            // A wild first fit must not weigh anything without bound.
            expected = next.MapIndexed((row, time) => Math.Clamp(time, times[row] / 2, times[row] * 2));
        }

        return (solution, expected.Map(time => 1 / time));
    }

    private static Matrix<double> Weighted(Matrix<double> equations, Vector<double> weights) => equations.MapIndexed((row, _, value) => value * weights[row]);

    /// <summary>
    /// Student's interval of each coefficient, with none left out, and by the delta method of their quotients (https://en.wikipedia.org/wiki/Delta_method). Below 0 there is nothing.
    /// </summary>
    private static (Interval Rate, Interval Contention, Interval Coherence) Intervals(
        Matrix<double> terms, Vector<double> times, Vector<double> free, Vector<double> weights, ScalabilityLaw law)
    {
        int freedom = times.Count - Coefficients;
        Matrix<double> weighted = Weighted(terms, weights);
        double variance = (times - (terms * free)).PointwiseMultiply(weights).PointwisePower(2).Sum() / freedom;
        Matrix<double> covariance = variance * weighted.TransposeThisAndMultiply(weighted).Inverse();
        double quantile = StudentT.InvCDF(0, 1, freedom, (1 + Confidence) / 2);
        double rate = 1 / free[0];
        return (
            Around(rate, rate * rate * Math.Sqrt(covariance[0, 0]), law.Rate),
            Around(free[1] * rate, Deviation(1), law.Contention),
            Around(free[2] * rate, Deviation(2), law.Coherence));

        double Deviation(int column)
        {
            double share = free[column] * rate;
            return rate * Math.Sqrt(Math.Max(0, covariance[column, column] - (2 * share * covariance[0, column]) + (share * share * covariance[0, 0])));
        }

        Interval Around(double value, double deviation, double stated) =>
            new(Math.Max(0, Math.Min(stated, value - (quantile * deviation))), Math.Max(stated, value + (quantile * deviation)));
    }

    /// <summary>
    /// The F-test for lack of fit: how far the means of the degrees lie off the curve, against how far the rounds of a degree lie off their mean
    /// (https://en.wikipedia.org/wiki/Lack-of-fit_sum_of_squares). With one round nothing is known of the latter, and the misfit alone decides.
    /// </summary>
    private static (double Misfit, bool Holds) Judge(IReadOnlyList<RateAt> measured, ScalabilityLaw law, int freedom)
    {
        double lack = 0, noise = 0;
        int degrees = 0;
        foreach (IGrouping<int, RateAt> degree in measured.GroupBy(point => point.Degree))
        {
            double[] off = [.. degree.Select(point => (point.ItemsPerSecond / law.At(degree.Key)) - 1)];
            double mean = off.Average();
            lack += off.Length * mean * mean;
            noise += off.Sum(value => (value - mean) * (value - mean));
            degrees++;
        }

        double misfit = Math.Sqrt(lack / measured.Count);
        int noiseFreedom = measured.Count - degrees;
        if (misfit <= BearableMisfit || freedom <= 0)
            return (misfit, true);
        if (noiseFreedom == 0 || noise == 0)
            return (misfit, misfit <= 2 * BearableMisfit);
        double ratio = lack / freedom / (noise / noiseFreedom);
        return (misfit, 1 - FisherSnedecor.CDF(freedom, noiseFreedom, ratio) > MisfitSignificance);
    }
}
