namespace Worker.Comparing.Scaling;

/// <summary>
/// The Universal Scalability Law, X(N) = λN / (1 + σ(N−1) + κN(N−1)): the items per second of N slots (N. J. Gunther, Guerrilla Capacity Planning, Springer 2007, chapter 4;
/// http://www.perfdynamics.com/Manifesto/USLscalability.html). Without the last term it is Amdahl's law.
/// </summary>
/// <param name="Rate">λ: items per second of one slot.</param>
/// <param name="Contention">σ, from 0: the share of the work for which slots wait for each other.</param>
/// <param name="Coherence">κ, from 0: what each pair of slots costs beside that. 0 = Amdahl's law.</param>
internal readonly record struct ScalabilityLaw(double Rate, double Contention, double Coherence)
{
    /// <summary>N* = √((1−σ)/κ), where the curve is highest; null when it rises for ever, or falls from the start.</summary>
    public double? Peak => Coherence > 0 && Contention < 1 ? Math.Sqrt((1 - Contention) / Coherence) : null;

    /// <summary>Items per second of <paramref name="slots"/> slots.</summary>
    public double At(double slots) => Rate * slots / (1 + (Contention * (slots - 1)) + (Coherence * slots * (slots - 1)));
}
