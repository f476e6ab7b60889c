namespace Worker.Reports.Pictures;

/// <summary>The table below the pictures: the cells are shown as they are.</summary>
/// <param name="Columns">Headings; the first is that of the row's own heading, the rest are numbers and aligned as such.</param>
/// <param name="Rows">As many cells each as there are columns.</param>
internal sealed record ReportTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<ReportCell>> Rows);
