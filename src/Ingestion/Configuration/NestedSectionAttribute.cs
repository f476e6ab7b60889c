namespace Ingestion.Configuration;

/// <summary>Says of an options class that another one reads a section below its own.</summary>
/// <param name="name">The name of that section, without the path to it.</param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NestedSectionAttribute(string name) : Attribute
{
    /// <summary>The name of that section.</summary>
    public string Name { get; } = name;
}
