namespace Ingestion.Records;

/// <summary>A place in JSON (RFC 6901): nothing for all of it, otherwise names and numbers that begin with a slash each, such as <c>/origin/name</c>.</summary>
internal static class JsonPointer
{
    /// <summary>What is allowed, in words.</summary>
    public const string Allowed = "a JSON pointer such as /origin/name, with ~1 for a slash and ~0 for a tilde in a name";

    /// <summary>The names on the way from the outside in; null for what is no pointer.</summary>
    public static string[]? Parse(string text)
    {
        if (text.Length == 0)
            return [];

        bool isPointer = text[0] == '/' && !text.Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~', StringComparison.Ordinal);
        return isPointer ? [.. text[1..].Split('/').Select(Unescape)] : null;
    }

    private static string Unescape(string name) => name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
