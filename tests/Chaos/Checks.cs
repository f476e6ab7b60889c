namespace Chaos;

/// <summary>What was checked: a line each, with figures.</summary>
internal sealed class Checks
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int LeftOut { get; private set; }

    /// <summary>Says what cannot be done on this machine.</summary>
    public void LeaveOut(string what, string why)
    {
        LeftOut++;
        Console.WriteLine($"LEFT OUT  {what}: {why}");
    }

    /// <summary>Prints one check.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="what">What has to hold.</param>
    /// <param name="figures">What was found.</param>
    public void Expect(bool holds, string what, string figures)
    {
        if (holds)
            Passed++;
        else
            Failed++;
        Console.WriteLine($"{(holds ? "ok    " : "FAILED")}  {what}: {figures}");
    }

    /// <summary>Prints a figure that nothing is expected of.</summary>
    public static void Say(string text) => Console.WriteLine($"        {text}");
}
