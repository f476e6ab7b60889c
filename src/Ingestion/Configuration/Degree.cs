namespace Ingestion.Configuration;

/// <summary>A degree of parallelism as it is configured: a number, 0 for no cap, or <c>auto</c> for one that follows what the upstream can handle.</summary>
/// <param name="Number">0 to 100,000; 0 with <paramref name="IsAuto"/>.</param>
/// <param name="IsAuto">Whether the limit adapts.</param>
public readonly record struct Degree(int Number, bool IsAuto = false)
{
    /// <summary>The highest number.</summary>
    public const int Max = 100_000;

    /// <summary>What a value has to be.</summary>
    public static readonly string Allowed = $"a whole number from 0 to {Max}, or auto";

    private const string AutoText = "auto";

    /// <summary>The limit adapts.</summary>
    public static Degree Auto { get; } = new(0, IsAuto: true);

    /// <summary>A fixed number.</summary>
    public static implicit operator Degree(int number) => new(number);

    /// <summary>Reads what <see cref="ToString"/> writes, regardless of case.</summary>
    public static bool TryParse(string text, out Degree degree)
    {
        bool isAuto = string.Equals(text, AutoText, StringComparison.OrdinalIgnoreCase);
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Max;
        degree = new Degree(isNumber ? number : 0, isAuto);
        return isAuto || isNumber;
    }

    /// <inheritdoc/>
    public override string ToString() => IsAuto ? AutoText : Number.ToString(CultureInfo.InvariantCulture);
}
