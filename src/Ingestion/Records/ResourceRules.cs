using Microsoft.Extensions.Configuration;

namespace Ingestion.Records;

/// <summary>Makes a <see cref="Resource"/> of the section, or says what is wrong with it: one line for each error, with the key, its value and what is allowed.</summary>
internal sealed class ResourceRules
{
    /// <summary>What every table of records has beside the generated columns, and what PostgreSQL adds to any table.</summary>
    private static readonly string[] TakenColumns =
    [
        "id", "raw", "content_hash", "sanitized", "etag", "fetched_at", "fingerprint_iterations", "ingested_at", "changed_at", "run_id",
        "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid",
    ];

    private static readonly string[] TakenTables = ["runs", "outcomes", "item_outcomes", "commit_outcomes", "resources", "schema_versions", "runs_pkey", "outcomes_pkey", "commit_outcomes_pkey", "runs_unfinished", "runs_learned", "outcomes_unresolved"];
    private static readonly string[] IdTypes = ["Integer", "Text"];
    internal static IReadOnlyList<string> CatalogKeys { get; } = ["Path", "Ids", "Next", "Count"];

    private readonly ResourceOptions _options = new();
    private readonly List<string> _errors = [];

    private ResourceRules(IConfiguration configuration) => Settings.Apply(_options, configuration, ResourceOptions.Section, _errors);

    public static IReadOnlyList<string> FindErrors(IConfiguration configuration, out Resource? resource)
    {
        var rules = new ResourceRules(configuration);
        resource = rules.Read();
        if (rules._errors.Count > 0)
            resource = null;
        return rules._errors;
    }

    /// <summary>The resource.</summary>
    /// <exception cref="IngestionConfigurationException">The section has errors.</exception>
    public static Resource Read(IConfiguration configuration) => FindErrors(configuration, out Resource? resource) is { Count: > 0 } errors ? throw new IngestionConfigurationException(errors) : resource!;

    private Resource? Read()
    {
        string[]? record = Pointer("Record", _options.Record ?? "");
        string[]? id = Pointer("Id", Or(_options.Id, "/id"));
        if (id is [])
            Refuse("Id", _options.Id, "a JSON pointer to a member of the record, such as /id");
        (string[] Pointer, JsonType Type)[] required = [.. Given(_options.Required).Select(entry => Required(entry.Key, entry.Value)).OfType<(string[], JsonType)>()];
        ResourceColumn[] columns = [.. Given(_options.Columns).Select(entry => Column(entry.Key, entry.Value)).OfType<ResourceColumn>()];
        bool hasTextKeys = IsText();
        ResourcePath? path = Path("Path", _options.Path, "id");
        ResourcePath? list = string.IsNullOrEmpty(_options.ListPath) ? null : Path("ListPath", _options.ListPath, "ids");
        (int[] notFound, bool isJson) = NotFound(Or(_options.NotFound, "404"));
        ResourceCatalog? catalog = Catalog();
        if (_options.Name is null && _errors.TrueForAll(error => !error.StartsWith($"{ResourceOptions.Section}:Name ", StringComparison.Ordinal)))
            Missing("Name", "the table, such as characters");
        else if (TakenTables.Contains(_options.Name ?? "", StringComparer.Ordinal))
            Refuse("Name", _options.Name, $"another name than {string.Join(", ", TakenTables)}, which the schema has already");
        if (path is null || record is null || id is null || _errors.Count > 0)
            return null;

        Shape[] parts = [Shape.Of(record, id, []), .. required.Select(part => Shape.Of(record, id: null, [part]))];
        return new Resource(
            _options.Name!, Or(_options.Item, "item"), path, list, record, hasTextKeys, notFound, isJson, Shape.Of(record, id, required), parts, columns, catalog);
    }

    /// <summary>An empty value takes back what another file says.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Given(IDictionary<string, string> entries) => entries.Where(entry => !string.IsNullOrWhiteSpace(entry.Value)).OrderBy(entry => entry.Key, StringComparer.Ordinal);

    private static string Or(string? value, string otherwise) => string.IsNullOrEmpty(value) ? otherwise : value;

    private string[]? Pointer(string key, string value)
    {
        string[]? pointer = JsonPointer.Parse(value);
        if (pointer is null)
            Refuse(key, value, JsonPointer.Allowed);
        return pointer;
    }

    private (string[], JsonType)? Required(string key, string value)
    {
        string[]? pointer = JsonPointer.Parse(key);
        JsonType? type = JsonType.All.FirstOrDefault(known => known.Name == value.Trim());
        if (pointer is null or [])
            _errors.Add($"{ResourceOptions.Section}:Required has the key '{key}', but must have {JsonPointer.Allowed}");
        else if (type is null)
            Refuse($"Required:{key}", value, "one of " + string.Join(", ", JsonType.All.Select(known => known.Name)));
        else if (Given(_options.Required).Count(entry => entry.Key.StartsWith(key[..(key.LastIndexOf('/') + 1)], StringComparison.Ordinal)) >= Shape.MaxMembers)
            Refuse($"Required:{key}", value, $"one of fewer than {Shape.MaxMembers} members of an object");
        else
            return (pointer, type);
        return null;
    }

    private ResourceColumn? Column(string name, string definition)
    {
        ResourceColumn? column = ResourceColumn.Parse(name, definition.Trim());
        string key = "Columns:" + name;
        if (name.Length is 0 or > 63 || !(char.IsAsciiLetterLower(name[0]) || name[0] == '_') || !name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'))
            _errors.Add($"{ResourceOptions.Section}:Columns has the column '{name}', but must have names of at most 63 lower-case letters, digits and underscores that do not begin with a digit");
        else if (TakenColumns.Contains(name, StringComparer.Ordinal))
            Refuse(key, definition, $"a column of another name than {string.Join(", ", TakenColumns)}, which every table has");
        else if (column is null)
            Refuse(key, definition, ResourceColumn.Allowed + "; an array wants an expression");
        else
            return column;
        return null;
    }

    private bool IsText()
    {
        string type = Or(_options.IdType, IdTypes[0]);
        if (!IdTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
            Refuse("IdType", type, "one of " + string.Join(", ", IdTypes));
        return string.Equals(type, IdTypes[1], StringComparison.OrdinalIgnoreCase);
    }

    private ResourcePath? Path(string key, string? value, string variable)
    {
        string allowed = $"a path below Upstream:BaseAddress with {{{variable}}} in it once, such as character/{{{variable}}}";
        if (string.IsNullOrEmpty(value))
        {
            Missing(key, allowed);
            return null;
        }

        ResourcePath? path = ResourcePath.Parse(value, variable);
        if (path is null)
            Refuse(key, value, allowed);
        return path;
    }

    private (int[] Statuses, bool IsJson) NotFound(string value)
    {
        string[] words = value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        bool isJson = words is [_, .., "json"];
        int[] statuses = [.. words[..(words.Length - (isJson ? 1 : 0))].Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int status) ? status : 0)];
        if (statuses.Length == 0 || statuses.Any(status => status is < 400 or > 499 or 401 or 407 or 408 or 429))
            Refuse("NotFound", value, "statuses from 400 to 499 without 401, 407, 408 and 429, and json behind them when only a JSON object means it: 404 410 json");
        return (statuses, isJson);
    }

    private ResourceCatalog? Catalog()
    {
        foreach (string unknown in _options.Catalog.Keys.Where(key => !CatalogKeys.Contains(key, StringComparer.OrdinalIgnoreCase)))
            _errors.Add($"{ResourceOptions.Section}:Catalog:{unknown} is not a setting; allowed below {ResourceOptions.Section}:Catalog: {string.Join(", ", CatalogKeys)}");
        string? path = _options.Catalog.TryGetValue("Path", out string? given) ? given : null;
        if (string.IsNullOrEmpty(path))
            return null;

        if (!ResourceCatalog.IsPath(path))
            Refuse("Catalog:Path", path, $"a path below Upstream:BaseAddress, in which {ResourceCatalog.Place} may stand for the value of a parameter: things?page={ResourceCatalog.Place}");
        var catalog = new ResourceCatalog(path, In("Ids", isList: true), In("Next"), In("Count"));
        if (catalog is { HasPlace: true, Next: null })
            Refuse("Catalog:Path", path, $"a path without {ResourceCatalog.Place} as long as Catalog:Next does not say where its value stands");
        return catalog;

        string[]? In(string key, bool isList = false)
        {
            if (!_options.Catalog.TryGetValue(key, out string? value) || value.Length == 0 || Pointer("Catalog:" + key, value) is not { } way)
                return null;
            if (way.Contains(ResourceCatalog.Each) != isList)
                Refuse("Catalog:" + key, value, isList ? "a JSON pointer with * for each element of an array, such as /results/*/id" : "a JSON pointer to one place, without *");
            return way;
        }
    }

    private void Missing(string key, string allowed) => _errors.Add($"{ResourceOptions.Section}:{key} is missing, but must be {allowed}; the shipped appsettings.json has a resource");

    private void Refuse(string key, string? value, string allowed) => _errors.Add($"{ResourceOptions.Section}:{key} is '{(value?.Length > 200 ? value[..200] + "…" : value)}', but must be {allowed}");
}
