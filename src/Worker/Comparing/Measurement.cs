using Worker.Reports;

namespace Worker.Comparing;

/// <summary>One round of one contender.</summary>
/// <param name="Report">What came out.</param>
/// <param name="Picture">The file with its picture, which lasts as long as the comparison.</param>
internal sealed record Measurement(RunReport Report, string Picture)
{
    public long Items => Report.Ingested + Report.Unchanged + Report.NotFound + Report.Failed;

    /// <summary>Whether anything was done that another contender can be faster at. Failing is not.</summary>
    public bool IsComparable => Items > Report.Failed && Report.ElapsedSeconds > 0;
}
