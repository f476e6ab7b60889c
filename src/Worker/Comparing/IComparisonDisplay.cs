namespace Worker.Comparing;

/// <summary>Shows how a comparison goes on. Called from any thread.</summary>
internal interface IComparisonDisplay
{
    /// <summary>A measurement begins.</summary>
    void Begin(string step);

    /// <summary>It has ended.</summary>
    void End(string step);

    /// <summary>Something else that has to be said.</summary>
    void Say(string line);
}
