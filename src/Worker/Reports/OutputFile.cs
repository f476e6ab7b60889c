using System.Text.Json.Serialization.Metadata;

namespace Worker.Reports;

/// <summary>A file that an option of the command line names, or none.</summary>
internal static class OutputFile
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
            using FileStream created = new(probe, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, System.IO.FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"'{path}' cannot be written: {e.Message}";
        }
    }

    /// <summary>Writes the file, so that whoever reads it sees all of it or none.</summary>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        string temporary = TemporaryPath(path);
        try
        {
            await using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
                await write(file);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    public static Task WriteJsonAsync<T>(string path, T value, JsonTypeInfo<T> type) => WriteAsync(path, async stream =>
    {
        await JsonSerializer.SerializeAsync(stream, value, type);
        stream.WriteByte((byte)'\n');
    });

    private static string TemporaryPath(string path) => $"{Path.GetFullPath(path)}.{Environment.ProcessId}.tmp";
}
