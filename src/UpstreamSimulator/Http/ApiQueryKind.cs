namespace UpstreamSimulator.Http;

/// <summary>The kinds of requests the API knows.</summary>
internal enum ApiQueryKind
{
    One, // A record by its ID.
    Several, // A list of records by their IDs.
    Page, // A page of the list of all records.
    Index, // The list of what there is.
    Token, // A bearer token, for OAuth2 client credentials.
    BadId, // Something that should have been an ID.
    BadArray, // Something that should have been a list of IDs.
    Nothing, // No URL of the API.
}
