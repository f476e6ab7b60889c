namespace Ingestion.Configuration;

/// <summary>Finds what somebody may have meant.</summary>
public static class Suggestion
{
    /// <summary>The candidate nearest to a misspelt name, or null if none is near.</summary>
    /// <param name="most">How many letters may differ; two or a third of them unless given.</param>
    public static string? Nearest(string name, IEnumerable<string> candidates, int? most = null) =>
        candidates
            .Select(candidate => (Candidate: candidate, Distance: Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(pair => pair.Distance <= (most ?? Math.Max(2, pair.Candidate.Length / 3)))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Candidate)
            .FirstOrDefault();

    /// <summary>Levenshtein distance: the fewest insertions, deletions and substitutions that turn one into the other.</summary>
    private static int Distance(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int substituted = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[^1];
    }
}
