namespace Worker.Reports.Pictures;

/// <summary>What the figures of a run mean.</summary>
/// <param name="Heading">Which run, or what about.</param>
/// <param name="Sentences">The answer with its arithmetic.</param>
internal sealed record ReportAnswer(string Heading, IReadOnlyList<string> Sentences);
