using System.Text.RegularExpressions;

namespace Ingestion.Records;

/// <summary>A column that PostgreSQL generates from a record.</summary>
/// <param name="Definition">As it is configured.</param>
/// <param name="Expression">SQL over <c>raw</c>, written for the schema <c>ingestion</c>.</param>
internal sealed partial record ResourceColumn(string Name, string Definition, string Type, string Expression)
{
    /// <summary>What is allowed, in words.</summary>
    public const string Allowed = "TYPE /json/pointer, such as text /origin/name, or TYPE = SQL expression over raw, without a semicolon";

    /// <summary>Null for what is neither.</summary>
    public static ResourceColumn? Parse(string name, string definition)
    {
        int expression = definition.IndexOf('=', StringComparison.Ordinal);
        int pointer = definition.IndexOf(" /", StringComparison.Ordinal);
        bool isExpression = expression >= 0 && (pointer < 0 || expression < pointer);
        if ((!isExpression && pointer < 0) || definition.Contains(';', StringComparison.Ordinal))
            return null;

        string type = definition[..(isExpression ? expression : pointer)].Trim().ToLowerInvariant();
        string rest = definition[((isExpression ? expression : pointer) + 1)..].Trim();
        if (!SqlType().IsMatch(type) || rest.Length == 0)
            return null;
        if (isExpression)
            return new ResourceColumn(name, definition, type, rest);

        // The text of an array in JSON is none that PostgreSQL reads.
        return JsonPointer.Parse(rest) is { } path && !type.EndsWith(']') ? new ResourceColumn(name, definition, type, Cast(path, type)) : null;
    }

    /// <summary>Reading a time from text depends on settings of the session, which a generated column may not: there are functions for that which do not.</summary>
    private static string Cast(string[] path, string type) => type switch
    {
        "jsonb" => Find(path, isText: false),
        // Without a cast, which would cut off what is too long.
        ['t', 'e', 'x', 't'] or ['v', 'a', 'r', 'c', 'h', 'a', 'r', ..] or ['c', 'h', 'a', 'r', ..] => Find(path, isText: true),
        "timestamptz" or "timestamp with time zone" => $"ingestion.to_time({Find(path, isText: true)})",
        "timestamp" or "timestamp without time zone" => $"ingestion.to_time({Find(path, isText: true)}) AT TIME ZONE 'UTC'",
        "date" => $"(ingestion.to_time({Find(path, isText: true)}) AT TIME ZONE 'UTC')::date",
        _ => $"({Find(path, isText: true)})::{type}",
    };

    /// <summary>Only a path as a whole finds both the member and the element of an array that are called by a number.</summary>
    private static string Find(string[] path, bool isText)
    {
        string text = isText ? ">" : "";
        return path.Length == 0 || path.Any(name => name.All(char.IsAsciiDigit))
            ? $"raw #>{text} ARRAY[{string.Join(", ", path.Select(Quote))}]::text[]"
            : $"raw{string.Concat(path[..^1].Select(name => "->" + Quote(name)))}->{text}{Quote(path[^1])}";
    }

    private static string Quote(string name) => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?( [a-z]+)*( ?\([0-9]+(, ?[0-9]+)?\))?( [a-z]+)*(\[\])*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex SqlType();
}
