using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Ingestion.Configuration;

/// <summary>
/// Reads options classes from configuration, strictly: every value is checked against its type and the attributes of its property, and a key
/// that no property has is an error rather than a setting that silently does nothing.
/// </summary>
public static class Settings
{
    /// <summary>What a native build keeps of an options class: its properties are read by name, and it is made without arguments.</summary>
    internal const DynamicallyAccessedMemberTypes Needed = DynamicallyAccessedMemberTypes.PublicProperties | DynamicallyAccessedMemberTypes.PublicParameterlessConstructor;

    /// <summary>Checks a section; returns one line per error that names the key, the value it has and what is allowed.</summary>
    public static IReadOnlyList<string> Check<[DynamicallyAccessedMembers(Needed)] T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        List<string> errors = [];
        Apply(new T(), configuration, section, errors);
        return errors;
    }

    /// <summary>The settings of an options class: key, default and what is allowed, in the order they are declared.</summary>
    public static IReadOnlyList<SettingDescription> Describe<[DynamicallyAccessedMembers(Needed)] T>(string section)
        where T : class, new()
    {
        T defaults = new();
        return [.. Properties<T>().Select(property => new SettingDescription(
            $"{section}:{property.Name}{(property.PropertyType == typeof(IDictionary<string, string>) ? ":<name>" : "")}",
            SettingValue.Format(property.GetValue(defaults)),
            SettingValue.Allowed(property)))];
    }

    /// <summary>The settings of a section with the values they have, in the order they are declared; one with an error has its default.</summary>
    public static IReadOnlyList<SettingState> Read<[DynamicallyAccessedMembers(Needed)] T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        T options = new();
        Apply(options, configuration, section, []);
        return [.. Properties<T>().Select(property => new SettingState(
            $"{section}:{property.Name}",
            SettingValue.Format(property.GetValue(options)),
            property.IsDefined(typeof(FollowsReloadAttribute)),
            property.IsDefined(typeof(SecretAttribute))))];
    }

    /// <summary>
    /// Registers an options class that follows configuration reloads. A reload with an error leaves the last good values in force.
    /// </summary>
    /// <param name="check">Finds the errors of a configuration; null: the section is checked by itself.</param>
    /// <exception cref="IngestionConfigurationException">Thrown when the options are first read and the configuration has errors.</exception>
    public static IServiceCollection AddSettings<[DynamicallyAccessedMembers(Needed)] T>(
        this IServiceCollection services, IConfiguration configuration, string section, Func<IConfiguration, IReadOnlyList<string>>? check = null)
        where T : class, new()
    {
        services.AddOptions<T>();
        services.AddSingleton<IConfigureOptions<T>>(new SettingsReader<T>(configuration, section, check ?? (changed => Check<T>(changed, section))));
        services.AddSingleton<IOptionsChangeTokenSource<T>>(new ConfigurationChangeTokenSource<T>(configuration.GetSection(section)));
        return services;
    }

    /// <summary>
    /// A value as it may be shown, however badly a URL is written: what stands before the last @ is left out, for it may be a password, and so is what
    /// follows ? or #, which may be a key.
    /// </summary>
    public static string WithoutCredentials(string text)
    {
        int end = text.AsSpan().IndexOfAny('?', '#');
        int at = text.LastIndexOf('@');
        if (end < 0)
            return at < 0 ? text : "***" + text[at..];

        // Either one may belong to the other: an @ in the query, or a ? in the password.
        return at > end ? "***" : string.Concat(at < 0 ? "" : "***", text.AsSpan(Math.Max(at, 0)..(end + 1)), "***");
    }

    internal static void Apply<[DynamicallyAccessedMembers(Needed)] T>(T options, IConfiguration configuration, string section, List<string> errors)
        where T : class
    {
        Dictionary<string, PropertyInfo> properties = Properties<T>().ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (IConfigurationSection setting in configuration.GetSection(section).GetChildren())
        {
            if (typeof(T).GetCustomAttribute<NestedSectionAttribute>()?.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase) == true)
                continue;
            if (!properties.TryGetValue(setting.Key, out PropertyInfo? property))
                errors.Add(UnknownKey(section, setting.Key, properties.Keys));
            else if (property.GetValue(options) is IDictionary<string, string> entries && string.IsNullOrEmpty(setting.Value))
                Fill(entries, setting);
            else if (setting.Value is null)
                errors.Add($"{section}:{property.Name} has keys below it, but must be {SettingValue.Allowed(property)}");
            else if (SettingValue.TryParse(property, setting.Value, out object? value))
                property.SetValue(options, value is "" && property.GetValue(options) is null ? null : value);
            else
                errors.Add($"{section}:{property.Name} is '{(property.IsDefined(typeof(SecretAttribute)) ? "***" : WithoutCredentials(setting.Value))}', but must be {SettingValue.Allowed(property)}");
        }
    }

    /// <summary>Whatever is below the key: a name may have colons in it.</summary>
    private static void Fill(IDictionary<string, string> entries, IConfigurationSection section)
    {
        foreach ((string name, string? value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (name.Length > 0 && value is not null)
                entries[name] = value;
        }
    }

    private static string UnknownKey(string section, string key, IEnumerable<string> known)
    {
        string? nearest = Suggestion.Nearest(key, known);
        return nearest is null
            ? $"{section}:{key} is not a setting; allowed below {section}: {string.Join(", ", known)}"
            : $"{section}:{key} is not a setting; did you mean {section}:{nearest}?";
    }

    private static IEnumerable<PropertyInfo> Properties<[DynamicallyAccessedMembers(Needed)] T>() =>
        typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);
}
