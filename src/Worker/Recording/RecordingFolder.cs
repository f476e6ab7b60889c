namespace Worker.Recording;

/// <summary>The folder with the reports. Names sort by time, and say cause and run.</summary>
internal sealed partial class RecordingFolder(string path, int keep)
{
    /// <summary>Writes a report, so that whoever reads it sees all of it or none, and removes the oldest beyond those that are kept.</summary>
    public async Task<string> WriteAsync(DateTimeOffset at, RecordingCause cause, Guid run, ReportDocument document)
    {
        string file = Path.Combine(path, string.Create(CultureInfo.InvariantCulture, $"{at.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{cause.ToString().ToLowerInvariant()}-{run}.html"));
        await HtmlReport.WriteAsync(file, document);
        // Whatever has a later name than this one was written before the clock was set back.
        foreach (string old in Directory.EnumerateFiles(path).Where(each => Ours().IsMatch(Path.GetFileName(each)))
            .OrderBy(each => string.CompareOrdinal(each, file) > 0).ThenByDescending(each => each, StringComparer.Ordinal).Skip(keep))
            File.Delete(old);
        return file;
    }

    /// <summary>What is wrong with the folder, or null.</summary>
    public string? Problem => OutputFile.WhatIsWrongWith(Path.Combine(path, "report.html"));

    /// <summary>Nothing else in the folder is ever removed. What a worker that was killed was writing belongs to it.</summary>
    [GeneratedRegex(@"^\d{8}T\d{6}Z-(?:signal|stall|slow|failures)-[0-9a-f-]{36}\.html(?:\.\d+\.tmp)?$", RegexOptions.NonBacktracking)]
    private static partial Regex Ours();
}
