namespace UpstreamSimulator.Http;

/// <summary>The kinds of requests the API knows.</summary>
internal enum ApiQueryKind
{
    /// <summary>A record by its ID.</summary>
    One,

    /// <summary>A list of records by their IDs.</summary>
    Several,

    /// <summary>A page of the list of all records.</summary>
    Page,

    /// <summary>The list of what there is.</summary>
    Index,

    /// <summary>A bearer token, for OAuth2 client credentials.</summary>
    Token,

    /// <summary>Something that should have been an ID.</summary>
    BadId,

    /// <summary>Something that should have been a list of IDs.</summary>
    BadArray,

    /// <summary>No URL of the API.</summary>
    Nothing,
}
