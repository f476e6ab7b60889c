using System.Text.Unicode;
using Ingestion.Records;

namespace Ingestion.Upstream;

/// <summary>Reads a page of the list of all records.</summary>
internal sealed class CatalogReader(Resource resource, ResourceCatalog catalog, UpstreamAddress root)
{
    /// <exception cref="FormatException">It is no such page; the message continues a sentence that begins with its address.</exception>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public CatalogPage Read(ReadOnlyMemory<byte> body, Uri address)
    {
        if (!Utf8.IsValid(body.Span))
            throw new FormatException("is not valid UTF-8");

        using JsonDocument page = JsonDocument.Parse(UnstorableEscapes.Replace(body, out _), new JsonDocumentOptions { MaxDepth = RecordReader.MaxDepth });
        List<ItemKey> keys = [];
        AddKeys(page.RootElement, [.. catalog.Ids ?? []], keys);
        long? count = Find(page.RootElement, catalog.Count) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) && value >= 0 ? value : null;
        return new CatalogPage(keys, Next(Find(page.RootElement, catalog.Next), address), count);
    }

    private void AddKeys(JsonElement element, ReadOnlySpan<string> way, List<ItemKey> keys)
    {
        if (way.IsEmpty)
        {
            keys.Add(Key(element));
        }
        else if (way[0] == ResourceCatalog.Each && element.ValueKind is JsonValueKind.Array or JsonValueKind.Null) // Some APIs write an empty list so.
        {
            foreach (JsonElement each in element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : [])
                AddKeys(each, way[1..], keys);
        }
        else if (Step(element, way[0]) is { } inner)
        {
            AddKeys(inner, way[1..], keys);
        }
        else
        {
            throw new FormatException($"has no IDs at {ResourceOptions.Section}:Catalog:Ids (/{string.Join('/', catalog.Ids!)}): '{way[0]}' is missing");
        }
    }

    private ItemKey Key(JsonElement id)
    {
        string text = id.ValueKind == JsonValueKind.String ? id.GetString()! : id.GetRawText();
        bool isKey = id.ValueKind is JsonValueKind.String or JsonValueKind.Number;
        return (isKey ? KeyRules.Parse(text, resource.HasTextKeys) : null)
            ?? throw new FormatException($"has the ID '{Excerpt.Of(text, 40)}', but an ID must be {KeyRules.Allowed(resource.HasTextKeys)}");
    }

    private Uri? Next(JsonElement? found, Uri address)
    {
        if (found is not { ValueKind: not (JsonValueKind.Null or JsonValueKind.False) } next)
            return null;

        string text = next.ValueKind == JsonValueKind.String ? next.GetString()! : next.GetRawText();
        if (text.Length == 0)
            return null;
        if (catalog.HasPlace && next.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            return root.Catalog(text);
        if (next.ValueKind != JsonValueKind.String)
            throw new FormatException($"names {Excerpt.Of(text, 40)} as the next page, which is no link; give {ResourceOptions.Section}:Catalog:Path a place for it, such as things?page={ResourceCatalog.Place}");

        // A path from the root of the server looks like that of a file.
        bool isLink = Uri.TryCreate(text, UriKind.Absolute, out Uri? link) && !link.IsFile;
        if (!isLink && !(Uri.TryCreate(text, UriKind.Relative, out Uri? relative) && Uri.TryCreate(address, relative, out link)))
            throw new FormatException($"names '{Excerpt.Of(text, 40)}' as the next page, which is no link");
        return UpstreamAddress.IsSameServer(root.Root, link!)
            ? link
            : throw new FormatException($"names a page on another server as the next one, which is not followed: {Excerpt.Of(FetchFailures.Display(link!))}");
    }

    private static JsonElement? Find(JsonElement from, IReadOnlyList<string>? way) =>
        way?.Aggregate((JsonElement?)from, static (found, name) => found is { } element ? Step(element, name) : null);

    private static JsonElement? Step(JsonElement from, string name) => from.ValueKind switch
    {
        JsonValueKind.Object when from.TryGetProperty(name, out JsonElement member) => member,
        JsonValueKind.Array when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < from.GetArrayLength() => from[index],
        _ => null,
    };
}
