using UpstreamSimulator.Http;

namespace UpstreamSimulator.Faults;

/// <summary>One thing that goes wrong.</summary>
/// <param name="Status">The status sent by <see cref="FaultKind.Status"/>, otherwise 0.</param>
/// <param name="RetryAfterSeconds">The <c>Retry-After</c> sent with the status; null leaves it to <see cref="SimulatorOptions.RetryAfter"/>.</param>
/// <param name="Name">The word for it; null for a status.</param>
public readonly record struct Fault(FaultKind Kind, int Status = 0, int? RetryAfterSeconds = null, string? Name = null)
{
    private static readonly Dictionary<string, FaultKind> Kinds = new(
        [
            .. Enum.GetValues<FaultKind>().Where(kind => kind is not (FaultKind.Status or FaultKind.Spoiled or FaultKind.Raw))
                .Select(kind => KeyValuePair.Create(kind is FaultKind.None ? "ok" : JsonNamingPolicy.KebabCaseLower.ConvertName($"{kind}"), kind)),
            .. SpoiledRecords.Names.Select(name => KeyValuePair.Create(name, FaultKind.Spoiled)),
            .. RawAnswers.Names.Select(name => KeyValuePair.Create(name, FaultKind.Raw)),
        ],
        StringComparer.OrdinalIgnoreCase);

    public static IReadOnlyCollection<string> Names => Kinds.Keys;

    /// <summary>Every way to write a fault, for messages and the help page.</summary>
    public static string Vocabulary { get; } = string.Join(", ", Kinds.Keys) + ", a status from 400 to 599, or a status with Retry-After in seconds such as 429@2";

    /// <summary>Reads a fault such as <c>500</c>, <c>429@2</c> (with Retry-After: 2) or <c>reset</c>.</summary>
    public static Fault Parse(string text)
    {
        if (Kinds.TryGetValue(text, out FaultKind kind))
            return kind == FaultKind.None ? default : new Fault(kind, Name: text.ToLowerInvariant());

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

    public override string ToString() => Kind != FaultKind.Status ? Name ?? "ok" : RetryAfterSeconds is { } seconds ? $"{Status}@{seconds}" : $"{Status}";
}
