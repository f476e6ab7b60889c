namespace Ingestion.Records;

/// <summary>A character as the upstream describes it. Text is free of U+0000.</summary>
internal sealed record Character(
    int Id,
    string Name,
    string Status,
    string Species,
    string Type,
    string Gender,
    string OriginName,
    string OriginUrl,
    string LocationName,
    string LocationUrl,
    string Image,
    int[] EpisodeIds,
    string Url,
    DateTimeOffset Created);
