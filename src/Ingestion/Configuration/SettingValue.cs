using System.ComponentModel.DataAnnotations;
using System.Reflection;

namespace Ingestion.Configuration;

/// <summary>Parses, formats and describes the value of one setting after the type and the attributes of its property.</summary>
internal static class SettingValue
{
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    public static bool TryParse(PropertyInfo property, string text, out object? value)
    {
        value = null;
        text = text.Trim();
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (text.Length == 0 && type != property.PropertyType)
            return true;

        value = Parse(type, text);
        return value is not null && IsAllowed(property, value);
    }

    public static string Format(object? value) => value switch
    {
        null => "none",
        TimeSpan duration => duration.ToString("c", Culture),
        bool flag => flag ? "true" : "false",
        IDictionary<string, string> map => map.Count == 0 ? "none" : string.Join(", ", map.Select(pair => $"{pair.Key}={pair.Value}")),
        IFormattable number => number.ToString(null, Culture),
        _ => value.ToString()!,
    };

    public static string Allowed(PropertyInfo property)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        string allowed = type switch
        {
            _ when type == typeof(int) => "a whole number",
            _ when type == typeof(Degree) => Degree.Allowed,
            _ when type == typeof(FailureAllowance) => FailureAllowance.Allowed,
            _ when type == typeof(double) => "a number",
            _ when type == typeof(bool) => "true or false",
            _ when type == typeof(Uri) => "an absolute http or https URL without user name or password",
            _ when type == typeof(TimeSpan) => "a duration written as [d.]hh:mm:ss[.fff]",
            _ when type == typeof(IDictionary<string, string>) => "keys and values",
            _ => "text",
        };
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
            allowed = pattern.ErrorMessage!;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            allowed += string.Create(Culture, $" from {range.Minimum} to {range.Maximum}");
        if (property.GetCustomAttribute<DurationRangeAttribute>() is { } durations)
            allowed += $" from {durations.Minimum} to {durations.Maximum}";
        return allowed;
    }

    private static object? Parse(Type type, string text)
    {
        if (type == typeof(string))
            return text;
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, Culture, out int number) ? number : null;
        if (type == typeof(Degree))
            return Degree.TryParse(text, out Degree degree) ? degree : null;
        if (type == typeof(FailureAllowance))
            return FailureAllowance.TryParse(text, out FailureAllowance allowance) ? allowance : null;
        if (type == typeof(double))
            return double.TryParse(text, NumberStyles.Float, Culture, out double number) && double.IsFinite(number) ? number : null;
        if (type == typeof(bool))
            return bool.TryParse(text, out bool flag) ? flag : null;
        if (type == typeof(Uri))
            return ParseUrl(text);

        // TimeSpan.Parse would read "10" as ten days, so the colons are required.
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, Culture, out TimeSpan duration) ? duration : null;
    }

    private static Uri? ParseUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? url)
        && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0
            ? url
            : null;

    private static bool IsAllowed(PropertyInfo property, object value)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
            return false;
        // The attribute itself takes an empty text for none at all.
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern && (value is "" || !pattern.IsValid(value)))
            return false;

        return property.GetCustomAttribute<DurationRangeAttribute>() is not { } durations
            || ((TimeSpan)value >= TimeSpan.Parse(durations.Minimum, Culture) && (TimeSpan)value <= TimeSpan.Parse(durations.Maximum, Culture));
    }
}
