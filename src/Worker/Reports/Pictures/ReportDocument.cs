namespace Worker.Reports.Pictures;

/// <summary>All that a report shows.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Facts">What was run, and on what: a line each.</param>
/// <param name="Runs">Drawn below each other, to one common time axis.</param>
/// <param name="Table">The figures.</param>
/// <param name="Answers">What the figures mean, a paragraph each, with the run they are about.</param>
internal sealed record ReportDocument(
    string Title, IReadOnlyList<string> Facts, IReadOnlyList<RunPicture> Runs, ReportTable Table, IReadOnlyList<ReportAnswer> Answers);
