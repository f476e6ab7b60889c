namespace Worker.Reports.Pictures;

/// <summary>
/// What the page draws, as compact JSON. The default encoder escapes what could end a script element or a line (&lt;, &amp;, U+2028): the JSON
/// can stand in a page as it is.
/// </summary>
internal static class ReportJson
{
    public static string Of(ReportDocument document)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
            Write(json, document);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter json, ReportDocument document)
    {
        json.WriteStartObject();
        json.WriteString("title", document.Title);
        WriteTexts(json, "facts", document.Facts);
        json.WriteStartArray("runs");
        foreach (RunPicture run in document.Runs)
            RunJson.Write(json, run);
        json.WriteEndArray();
        WriteTable(json, document.Table);
        json.WriteStartArray("answers");
        foreach (ReportAnswer answer in document.Answers)
        {
            json.WriteStartObject();
            json.WriteString("heading", answer.Heading);
            WriteTexts(json, "sentences", answer.Sentences);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    internal static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteTable(Utf8JsonWriter json, ReportTable table)
    {
        json.WriteStartObject("table");
        WriteTexts(json, "columns", table.Columns);
        json.WriteStartArray("rows");
        foreach (IReadOnlyList<ReportCell> row in table.Rows)
        {
            json.WriteStartArray();
            foreach (ReportCell cell in row)
                WriteCell(json, cell);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCell(Utf8JsonWriter json, ReportCell cell)
    {
        json.WriteStartArray();
        json.WriteStringValue(cell.Text);
        if (cell.Link is { IsAbsoluteUri: true, Scheme: "http" or "https" } link)
            json.WriteStringValue(link.AbsoluteUri);
        json.WriteEndArray();
    }
}
