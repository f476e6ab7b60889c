using System.Runtime.CompilerServices;

namespace Worker.EndToEndTests;

/// <summary>The files beside the code that say what the code does.</summary>
internal static class Repository
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>The rows of the table below a heading of a page, each with its cells.</summary>
    public static string[][] Table(string relative, string heading)
    {
        string[] lines = Read(relative).Split('\n');
        int start = Array.FindIndex(lines, line => line.StartsWith('#') && line.TrimStart('#', ' ') == heading);
        Assert.True(start >= 0, $"{relative} has no heading '{heading}'");
        return
        [
            .. lines.Skip(start + 1).TakeWhile(line => !line.StartsWith('#')).Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(1)
                .Select(line => line.Trim('|', ' ').Split(" | ")),
        ];
    }

    private static string ThisFile([CallerFilePath] string file = "") => file;
}
