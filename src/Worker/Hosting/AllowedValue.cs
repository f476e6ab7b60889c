namespace Worker.Hosting;

/// <summary>What a setting of a library may be, which would throw at another value or ignore it.</summary>
/// <param name="Text">In words, to follow "must be".</param>
/// <param name="Includes">Whether it may be this, white space around it left out.</param>
internal sealed record AllowedValue(string Text, Func<string, bool> Includes)
{
    /// <summary>The names, when it must be one of them.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public static AllowedValue Flag { get; } = new("true or false", text => bool.TryParse(text, out _));

    public static AllowedValue OneOf(params string[] names) =>
        new("one of " + string.Join(", ", names), text => names.Contains(text, StringComparer.OrdinalIgnoreCase)) { Names = names };

    public static AllowedValue WholeNumber(int least) => new(
        $"a whole number from {least} to {int.MaxValue}",
        text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least);
}
