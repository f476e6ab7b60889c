namespace UpstreamSimulator.Faults;

/// <summary>One thing that goes wrong.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Status">The status sent by <see cref="FaultKind.Status"/>, otherwise 0.</param>
/// <param name="RetryAfterSeconds">The <c>Retry-After</c> sent with the status; null leaves it to <see cref="SimulatorOptions.RetryAfter"/>.</param>
public readonly record struct Fault(FaultKind Kind, int Status = 0, int? RetryAfterSeconds = null)
{
    private static readonly Dictionary<string, FaultKind> Kinds = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ok"] = FaultKind.None,
        ["reset"] = FaultKind.Reset,
        ["truncated"] = FaultKind.Truncated,
        ["html"] = FaultKind.Html,
        ["empty"] = FaultKind.Empty,
        ["wrong-shape"] = FaultKind.WrongShape,
        ["wrong-id"] = FaultKind.WrongId,
        ["nul"] = FaultKind.Nul,
        ["redirect"] = FaultKind.Redirect,
        ["redirect-here"] = FaultKind.RedirectHere,
        ["oversize"] = FaultKind.Oversize,
        ["oversize-chunked"] = FaultKind.OversizeChunked,
        ["slow"] = FaultKind.Slow,
        ["hang"] = FaultKind.Hang,
    };

    /// <summary>Every way to write a fault, for messages and the help page.</summary>
    public static string Vocabulary { get; } = string.Join(", ", Kinds.Keys) + ", a status from 400 to 599, or a status with Retry-After in seconds such as 429@2";

    /// <summary>Reads a fault such as <c>500</c>, <c>429@2</c> (with Retry-After: 2) or <c>reset</c>.</summary>
    public static Fault Parse(string text)
    {
        if (Kinds.TryGetValue(text, out FaultKind kind))
            return new Fault(kind);

        string[] parts = text.Split('@');
        if (parts.Length <= 2 && int.TryParse(parts[0], out int status) && status is >= 400 and <= 599)
        {
            if (parts.Length == 1)
                return new Fault(FaultKind.Status, status);
            if (int.TryParse(parts[1], out int seconds) && seconds >= 0)
                return new Fault(FaultKind.Status, status, seconds);
        }

        throw new FormatException($"'{text}' is not a fault; faults are: {Vocabulary}");
    }

    public override string ToString()
    {
        if (Kind != FaultKind.Status)
        {
            FaultKind kind = Kind;
            return Kinds.First(pair => pair.Value == kind).Key;
        }

        return RetryAfterSeconds is int seconds ? $"{Status}@{seconds}" : $"{Status}";
    }
}
