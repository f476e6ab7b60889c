using Worker.Comparing;
using Worker.Reports.Pictures;

namespace Worker.Reports;

/// <summary>The file that a measuring process leaves its picture in.</summary>
internal static class PictureFile
{
    public static Task WriteAsync(string path, RunPicture picture) =>
        OutputFile.WriteAsync(path, stream => JsonSerializer.SerializeAsync(stream, picture, MeasurementJsonContext.Default.RunPicture));
}
