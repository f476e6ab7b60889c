namespace Ingestion.Configuration;

/// <summary>How many items of a run may fail before it counts as one that failed: a number, or a share of the items that ended.</summary>
/// <param name="Amount">A whole number of items, or per cent from 0 to 100.</param>
/// <param name="IsShare">Whether it is per cent.</param>
public readonly record struct FailureAllowance(decimal Amount, bool IsShare = false)
{
    /// <summary>What a value has to be.</summary>
    public const string Allowed = "a whole number of items, such as 10, or a share from 0% to 100%, such as 0.5%";

    /// <summary>Whether more have failed than that.</summary>
    /// <param name="ended">Items that have an outcome, those that failed included.</param>
    public bool IsExceeded(long failed, long ended) => IsShare ? failed * 100m > Amount * ended : failed > Amount;

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, out FailureAllowance allowance)
    {
        bool isShare = text.EndsWith('%');
        bool isNumber = decimal.TryParse(text.TrimEnd('%'), isShare ? NumberStyles.AllowDecimalPoint : NumberStyles.None, CultureInfo.InvariantCulture, out decimal amount)
            && (isShare ? amount <= 100 && text.IndexOf('%', StringComparison.Ordinal) == text.Length - 1 : amount <= long.MaxValue);
        allowance = isNumber ? new FailureAllowance(amount, isShare) : default;
        return isNumber;
    }

    /// <inheritdoc/>
    public override string ToString() => Amount.ToString(CultureInfo.InvariantCulture) + (IsShare ? "%" : "");
}
