using System.Globalization;

namespace IngestionBenchmarks.Alternatives;

/// <summary>A character, as a reflection-based serializer reads it.</summary>
internal sealed record PlainCharacter(
    int Id,
    string Name,
    string Status,
    string Species,
    string Type,
    string Gender,
    PlainPlace Origin,
    PlainPlace Location,
    string Image,
    string[] Episode,
    string Url,
    DateTime Created)
{
    public int[] EpisodeIds() => [.. Episode.Select(url => int.Parse(url[(url.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture))];
}
