using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Ingestion.Tests.Simulator;

/// <summary>The resources under <c>examples/</c> describe what the simulator serves.</summary>
public sealed class ExampleTests
{
    [Theory]
    [InlineData("locations", "1", "126")]
    [InlineData("episodes", "1", "51")]
    [InlineData("parts", "AX-0001 c", "AX-0002%d", "AX-0003?e", "AX-0004+é", "AX-0005/b", "AX-0040/b", "AX-0042%d", "AX-0826 c")]
    [InlineData("orders", "7000000001", "7000000826")]
    [InlineData("things")]
    public async Task An_example_describes_the_records_of_the_simulator(string name, params string[] ids)
    {
        JsonElement resource = JsonElement.Parse(await File.ReadAllTextAsync(PathOf(name, "resource.json"))).GetProperty("Resource");
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        api.Client.DefaultRequestHeaders.Authorization = new("Bearer", "open-sesame");

        if (resource.TryGetProperty("Catalog", out JsonElement catalog))
        {
            JsonElement page = await api.JsonAsync(Text(catalog, "Path", ""));
            ids = [.. ids, .. At([page], Text(catalog, "Ids", "")).Select(id => id.ToString())];
            Assert.NotEqual("", Assert.Single(At([page], Text(catalog, "Next", ""))).GetString());
            Assert.All(catalog.EnumerateObject().Where(property => property.Name == "Count"), count => Assert.Single(At([page], count.Value.GetString()!)));
        }

        Assert.NotEmpty(ids);
        foreach (string id in ids)
        {
            JsonElement answer = await api.JsonAsync(Text(resource, "Path", "").Replace("{id}", Uri.EscapeDataString(id), StringComparison.Ordinal));
            JsonElement record = Assert.Single(At([answer], Text(resource, "Record", "")));

            Assert.Equal(id, Assert.Single(At([record], Text(resource, "Id", "/id"))).ToString());
            Assert.All(resource.GetProperty("Required").EnumerateObject(), member =>
                Assert.Equal(member.Value.GetString(), Assert.Single(At([record], member.Name)).ValueKind.ToString(), ignoreCase: true));
            foreach (string column in resource.GetProperty("Columns").EnumerateObject().Select(column => column.Value.GetString()!).Where(column => !column.Contains('=', StringComparison.Ordinal)))
                Assert.Single(At([record], column[column.IndexOf('/', StringComparison.Ordinal)..]));
        }
    }

    [Fact]
    public async Task The_file_of_keys_has_parts_and_one_that_is_none()
    {
        await using SimulatedApi api = await SimulatedApi.StartAsync();
        api.Client.DefaultRequestHeaders.Authorization = new("Bearer", "open-sesame");

        List<int> statuses = [];
        foreach (string sku in await File.ReadAllLinesAsync(PathOf("parts", "skus.txt")))
            statuses.Add((await api.ReadAsync($"parts/{Uri.EscapeDataString(sku)}")).Status);

        Assert.Equal([.. Enumerable.Repeat(200, 8), 404], statuses);
    }

    private static string Text(JsonElement section, string key, string fallback) =>
        section.TryGetProperty(key, out JsonElement value) ? value.GetString()! : fallback;

    // JSON pointers without escapes, where * stands for every element of an array.
    private static IEnumerable<JsonElement> At(IEnumerable<JsonElement> elements, string pointer) =>
        pointer.Split('/')[1..].Aggregate(elements, (found, name) => found.SelectMany<JsonElement, JsonElement>(element => element.ValueKind switch
        {
            JsonValueKind.Array when name == "*" => element.EnumerateArray(),
            JsonValueKind.Array => [element[int.Parse(name)]],
            _ => element.TryGetProperty(name, out JsonElement value) ? [value] : [],
        }));

    private static string PathOf(string example, string file, [CallerFilePath] string test = "") =>
        Path.Combine(Path.GetDirectoryName(test)!, "..", "..", "..", "examples", example, file);
}
