namespace Ingestion.Configuration;

/// <summary>The shortest and the longest duration a setting may have, both as <c>[d.]hh:mm:ss[.fff]</c>.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationRangeAttribute(string minimum, string maximum) : Attribute
{
    /// <summary>The shortest duration allowed.</summary>
    public string Minimum { get; } = minimum;

    /// <summary>The longest duration allowed.</summary>
    public string Maximum { get; } = maximum;
}
