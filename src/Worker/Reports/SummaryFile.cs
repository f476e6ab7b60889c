namespace Worker.Reports;

/// <summary>The file that <c>--summary</c> names.</summary>
internal static class SummaryFile
{
    public static Task WriteAsync(string path, RunReport report) => OutputFile.WriteAsync(path, async stream =>
    {
        await JsonSerializer.SerializeAsync(stream, report, ReportJsonContext.Default.RunReport);
        stream.WriteByte((byte)'\n');
    });
}
