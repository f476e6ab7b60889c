namespace Worker.Reports.Pictures;

/// <summary>A cell.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Link">Where it leads, or null.</param>
internal readonly record struct ReportCell(string Text, Uri? Link = null);
