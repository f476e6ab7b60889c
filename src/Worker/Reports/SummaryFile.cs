using System.Text.Json;

namespace Worker.Reports;

/// <summary>The file that <c>--summary</c> names, or none.</summary>
internal sealed class SummaryFile(string? path)
{
    /// <summary>Why the file could not be written at the end of a run, or null. Better asked before the run than after.</summary>
    public static string? WhatIsWrongWith(string? path)
    {
        if (string.IsNullOrWhiteSpace(path))
            return "the name of the file is empty";
        if (Directory.Exists(path))
            return $"'{path}' is a folder, not a file";

        string probe = TemporaryPath(path);
        try
        {
            if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
                return $"the folder of '{path}' does not exist";
            using FileStream created = new(probe, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"'{path}' cannot be written: {e.Message}";
        }
    }

    /// <summary>Writes the report, so that whoever reads the file sees all of it or none.</summary>
    public async Task WriteAsync(RunReport report)
    {
        if (path is null)
            return;

        string temporary = TemporaryPath(path);
        await File.WriteAllTextAsync(temporary, JsonSerializer.Serialize(report, ReportJsonContext.Default.RunReport) + "\n");
        File.Move(temporary, path, overwrite: true);
    }

    private static string TemporaryPath(string path) => $"{Path.GetFullPath(path)}.{Environment.ProcessId}.tmp";
}
