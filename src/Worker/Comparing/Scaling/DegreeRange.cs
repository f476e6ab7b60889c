namespace Worker.Comparing.Scaling;

/// <summary>From which to which degree of parallelism a sweep goes, such as <c>1..256</c>.</summary>
internal readonly record struct DegreeRange(int Low, int High)
{
    public static DegreeRange Default { get; } = new(1, 256);

    public static DegreeRange Parse(string text)
    {
        string[] ends = text.Split("..", StringSplitOptions.TrimEntries);
        if (ends.Length != 2 || !TryParse(ends[0], out int low) || !TryParse(ends[1], out int high) || low > high)
            throw new FormatException($"'{text}' is not a range of degrees of parallelism, such as 1..256: whole numbers from 1 to {Degree.Max}, the lower one first");
        DegreeRange range = new(low, high);
        return range.Degrees().Count >= ScalabilityFit.MinDegrees
            ? range
            : throw new FormatException($"'{text}' has fewer than {ScalabilityFit.MinDegrees} degrees of parallelism, which is too few to see how a strategy scales; widen it, say to {low}..{Math.Min(Degree.Max, 32 * (long)low)}");
    }

    /// <summary>The ends and the powers of two between them; where these are too few, what lies in the middle of the widest gaps.</summary>
    public IReadOnlyList<int> Degrees()
    {
        SortedSet<int> degrees = [Low, High];
        for (long power = 1; power < High; power *= 2)
        {
            if (power > Low)
                degrees.Add((int)power);
        }

        while (degrees.Count < ScalabilityFit.MinDegrees && degrees.Zip(degrees.Skip(1)).Where(gap => gap.Second - gap.First > 1).ToArray() is { Length: > 0 } gaps)
            degrees.Add(Between(gaps.MaxBy(gap => (double)gap.Second / gap.First)));
        return [.. degrees];
    }

    /// <summary>The degree in the middle of a gap, by ratio; one of its ends when there is none.</summary>
    public static int Between((int First, int Second) gap) => (int)Math.Round(Math.Sqrt((double)gap.First * gap.Second)) is var middle && middle == gap.First && gap.Second > middle + 1 ? middle + 1 : middle;

    public override string ToString() => $"{Low}..{High}";

    private static bool TryParse(string text, out int degree) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out degree) && degree is >= 1 and <= Degree.Max;
}
