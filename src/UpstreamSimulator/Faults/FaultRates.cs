namespace UpstreamSimulator.Faults;

/// <summary>How often which fault strikes. Whether one does is decided by seed, ID and the number of the request alone.</summary>
public sealed class FaultRates
{
    public static readonly FaultRates None = new([]);

    private readonly (Fault Fault, double Rate)[] _rates;

    private FaultRates((Fault Fault, double Rate)[] rates) => _rates = rates;

    /// <summary>Reads <c>500=0.1,reset=0.05</c>: a tenth of the requests and a twentieth; an empty text is no faults.</summary>
    public static FaultRates Parse(string text)
    {
        var rates = new FaultRates([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ParseRate)]);
        if (rates._rates.Sum(rate => rate.Rate) > 1)
            throw new FormatException($"'{text}': the rates add up to more than 1");

        return rates;
    }

    public Fault Decide(int seed, int id, int request)
    {
        if (_rates.Length == 0)
            return default;

        double dice = Randomness.Fraction(Randomness.Bits(seed, id, purpose: unchecked(2 * request)));
        foreach ((Fault fault, double rate) in _rates)
        {
            dice -= rate;
            if (dice < 0)
                return fault;
        }

        return default;
    }

    public override string ToString() => string.Join(',', _rates.Select(rate => $"{rate.Fault}={rate.Rate}"));

    private static (Fault Fault, double Rate) ParseRate(string text)
    {
        string[] parts = text.Split('=');
        if (parts.Length == 2 && double.TryParse(parts[1], out double rate) && rate is >= 0 and <= 1)
            return (Fault.Parse(parts[0]), rate);

        throw new FormatException($"'{text}' is not of the form fault=rate with a rate from 0 to 1, such as 500=0.1");
    }
}
