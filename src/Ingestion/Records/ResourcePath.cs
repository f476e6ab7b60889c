namespace Ingestion.Records;

/// <summary>A path below the root of the API with a place for IDs: an RFC 6570 template of level 1.</summary>
internal sealed class ResourcePath
{
    private readonly string _before;
    private readonly string _after;

    private ResourcePath(string template, string[] parts)
    {
        Template = template;
        (_before, _after) = (parts[0], parts[1]);
    }

    /// <summary>As it is configured.</summary>
    public string Template { get; }

    /// <summary>Null for what is no path with the variable in it once and nothing else in braces.</summary>
    public static ResourcePath? Parse(string template, string variable) =>
        template.Split($"{{{variable}}}") is [_, _] parts && !parts.Any(part => part.AsSpan().ContainsAny('{', '}')) && IsRelative(template) ? new ResourcePath(template, parts) : null;

    /// <summary>Whether it stays below the root: neither an address nor a path from the server's root, and without a fragment.</summary>
    public static bool IsRelative(string path) =>
        path.Length > 0 && path[0] != '/' && !path.Contains('#', StringComparison.Ordinal) && !path.Contains("://", StringComparison.Ordinal) && !path.Any(char.IsWhiteSpace) && !path.Split('/').Contains("..");

    /// <summary>The path with this ID, percent-encoded, below a root.</summary>
    public string Below(string root, ItemKey id) =>
        id.Text is null ? string.Create(CultureInfo.InvariantCulture, $"{root}{_before}{id.Number}{_after}") : $"{root}{_before}{Encode(id)}{_after}";

    /// <summary>The path with these IDs, each percent-encoded, below a root.</summary>
    public string Below(string root, IEnumerable<ItemKey> ids) => $"{root}{_before}{string.Join(',', ids.Select(Encode))}{_after}";

    private static string Encode(ItemKey id) => id.Text is { } text ? Uri.EscapeDataString(text) : id.ToString();
}
