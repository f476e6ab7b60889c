namespace Worker.Comparing;

/// <summary>A line for each measurement, for whoever reads them later.</summary>
internal sealed class ComparisonLines(TextWriter writer) : IComparisonDisplay
{
    private readonly TextWriter _writer = TextWriter.Synchronized(writer);

    public void Begin(string step)
    {
        // A line at its end says more.
    }

    public void End(string step) => Say(step);

    public void Say(string line) => _writer.WriteLine(line);
}
