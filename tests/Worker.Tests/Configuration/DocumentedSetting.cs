using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Xml.Linq;
using Ingestion.Concurrency;
using Ingestion.Configuration;
using Ingestion.Runs;

namespace Worker.Tests.Configuration;

/// <summary>A setting as the options classes have it: its property, and what is said of it there.</summary>
/// <param name="Key">The key, such as <c>Ingestion:Strategy</c>.</param>
/// <param name="Property">Null for a connection string.</param>
/// <param name="Default">The value it has when nothing is configured; null: none.</param>
/// <param name="Description">The summary of its documentation.</param>
internal sealed record DocumentedSetting(string Key, PropertyInfo? Property, object? Default, XElement Description)
{
    public string Name => Key[(Key.LastIndexOf(':') + 1)..];

    public Type Type => Property is null ? typeof(string) : Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    public bool IsMap => Type == typeof(IDictionary<string, string>);

    public bool FollowsReload => Property?.IsDefined(typeof(FollowsReloadAttribute)) is true;

    /// <summary>Whether an empty value stands for none.</summary>
    public bool MayBeEmpty => Property is not null && (Nullable.GetUnderlyingType(Property.PropertyType) is not null || (Type == typeof(string) && Default is null && !Property.IsDefined(typeof(RegularExpressionAttribute))));

    /// <summary>The names it may be; empty when there is no list of them.</summary>
    public IReadOnlyList<string> Names => Key switch
    {
        "Ingestion:Source" => ConfigurationRules.SourceNames,
        "Ingestion:Strategy" => [.. StrategyCatalog.All.Select(strategy => strategy.Name)],
        "Resource:IdType" => ["Integer", "Text"],
        "Tracing:Detail" => ["Stages", "Items"],
        _ => [],
    };
}
