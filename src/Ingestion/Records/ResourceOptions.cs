using System.ComponentModel.DataAnnotations;

namespace Ingestion.Records;

/// <summary>Section <c>Resource</c>: which records are ingested. An empty value is none: it takes back what a file said before.</summary>
public sealed class ResourceOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Resource";

    /// <summary>A settings file whose section <c>Resource</c> replaces the one in <c>appsettings.json</c>; its other sections are added to that file's. Default none.</summary>
    public string? File { get; set; }

    /// <summary>The table; a schema holds one resource. As shipped <c>characters</c>, and the other keys of this section say what a character is: <see href="resources.md">resources</see>.</summary>
    [RegularExpression("[a-z_][a-z0-9_]{0,62}", ErrorMessage = "a name of at most 63 lower-case letters, digits and underscores that does not begin with a digit")]
    public string? Name { get; set; }

    /// <summary>What one is called in spans, messages and reports. Default <c>item</c>.</summary>
    [RegularExpression("[\\p{L}\\p{Nd}][\\p{L}\\p{Nd} ._-]{0,39}", ErrorMessage = "a name of at most 40 letters, digits, spaces, dots, hyphens and underscores")]
    public string? Item { get; set; }

    /// <summary>Where one is, below <c>Upstream:BaseAddress</c>: a template in which <c>{id}</c> stands for the ID, which is percent-encoded.</summary>
    public string? Path { get; set; }

    /// <summary>Where several are: a template in which <c>{ids}</c> stands for the IDs, separated by commas. Default none: <c>Upstream:IdsPerRequest</c> must be 1.</summary>
    public string? ListPath { get; set; }

    /// <summary>JSON pointer to the record in an answer; of several records, in each element of the array. Default none: the whole of it.</summary>
    public string? Record { get; set; }

    /// <summary>JSON pointer to the ID in the record. Default <c>/id</c>.</summary>
    public string? Id { get; set; }

    /// <summary>What IDs are: <c>Integer</c> (64 bits) or <c>Text</c>. Default <c>Integer</c>.</summary>
    public string? IdType { get; set; }

    /// <summary>Statuses that mean that there is no such record, such as <c>404 410</c>; with <c>json</c> behind them only when the body is a JSON object. Default <c>404</c>.</summary>
    public string? NotFound { get; set; }

    /// <summary>What a record must have: JSON pointer → <c>string</c>, <c>number</c>, <c>boolean</c>, <c>object</c>, <c>array</c> or <c>any</c>.</summary>
    public IDictionary<string, string> Required { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The columns that PostgreSQL makes of the record: name → <c>TYPE /json/pointer</c>, or <c>TYPE = SQL expression over raw</c>.</summary>
    public IDictionary<string, string> Columns { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// <see href="resources.md#the-catalog">The list of all</see>: <c>Path</c> below <c>Upstream:BaseAddress</c>, and JSON pointers to the <c>Ids</c>, the <c>Next</c> page and
    /// the <c>Count</c>.
    /// </summary>
    public IDictionary<string, string> Catalog { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
}
