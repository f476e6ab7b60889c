using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using Ingestion.Runs.Previewing;

namespace Worker.Reports;

/// <summary>Items that were looked at, for people and, as what <c>preview --json</c> prints, for other programs: there, names and order stay as they are.</summary>
internal static class PreviewJson
{
    private const int MaxLines = 60;
    private const int MaxLine = 200;
    private const int MaxBytes = 64 * 1024;

    private const int MaxDepth = 512;

    /// <summary>Letters as they are; what could harm a terminal is escaped all the same.</summary>
    private static readonly JsonSerializerOptions Readable = new(OutputJsonContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MaxDepth };

    public static void Write(IAnsiConsole console, string kind, PreviewedItem item)
    {
        console.WriteLine($"{kind} {item.Key}: {(item.IsFine ? "fine" : "not fine")}");
        console.WriteLine($"  {item.Request}");
        console.WriteLine($"  {(item.StatusCode is { } status ? $"HTTP {status}" : item.IsUnanswered ? "no answer" : "no answer that can be used")}{(item.Bytes is { } bytes ? $", {Quantity.Of(bytes)} bytes" : "")}, {item.Took.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture)} ms");
        if (!item.Record.IsEmpty)
        {
            string[] lines = RecordOf(item)!.ToJsonString(Readable).Split('\n');
            foreach (string line in lines.Take(MaxLines))
                console.WriteLine("  " + (line.Length > MaxLine ? line[..MaxLine] + "…" : line));
            if (lines.Length > MaxLines)
                console.WriteLine($"  … and {Quantity.Of(lines.Length - MaxLines, "line")} more");
        }

        if (item.Columns.Count > 0)
        {
            Table table = Terminal.Table(new TableColumn("column").NoWrap(), new TableColumn("type").NoWrap(), new TableColumn("value"));
            foreach (ColumnValue column in item.Columns)
                table.AddRow(new Text(column.Name), new Text(column.Type), new Text(column.Problem is { } problem ? "refused: " + problem : column.Value ?? "NULL"));
            console.Write(table);
        }

        if (item.WhyNoColumns is { } why)
            console.WriteLine($"  columns are not shown: {string.Join("; ", why.Split(Environment.NewLine))}");
        foreach (string problem in item.Problems.Concat(item.Columns.Where(column => column.Problem is not null).Select(column => $"column {column.Name} is refused")))
            console.WriteLine($"  not fine: {problem}");
        console.WriteLine();
    }

    public static string ToJson(IEnumerable<PreviewedItem> items) => new JsonObject
    {
        ["items"] = new JsonArray([.. items.Select(item => new JsonObject
        {
            ["id"] = item.Key.Text is { } text ? text : item.Key.Number,
            ["isFine"] = item.IsFine,
            ["request"] = item.Request,
            ["status"] = item.StatusCode,
            ["bytes"] = item.Bytes,
            ["seconds"] = Math.Round(item.Took.TotalSeconds, 3),
            ["problems"] = new JsonArray([.. item.Problems.Select(problem => JsonValue.Create(problem))]),
            ["record"] = item.Record.Length is 0 or > MaxBytes ? null : RecordOf(item),
            ["columns"] = new JsonArray([.. item.Columns.Select(column => new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["value"] = column.Value, ["problem"] = column.Problem })]),
            ["whyNoColumns"] = item.WhyNoColumns,
        })]),
    }.ToJsonString(Readable);

    private static JsonNode? RecordOf(PreviewedItem item) => JsonNode.Parse(item.Record.Span, documentOptions: new JsonDocumentOptions { MaxDepth = MaxDepth });
}
