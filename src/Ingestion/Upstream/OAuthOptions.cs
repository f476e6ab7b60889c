namespace Ingestion.Upstream;

/// <summary>Section <c>Upstream:OAuth</c>: where the bearer tokens of the API come from (OAuth 2.0 client credentials, RFC 6749, section 4.4). Without a token URL none is asked for.</summary>
public sealed class OAuthOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = $"{UpstreamOptions.Section}:OAuth";

    /// <summary>Where to get bearer tokens: the token endpoint. Absolute, http or https; default none.</summary>
    public Uri? TokenUrl { get; set; }

    /// <summary>The client's name there. Default none.</summary>
    public string? ClientId { get; set; }

    /// <summary>Its password; never shown. Default none.</summary>
    [Secret]
    public string? ClientSecret { get; set; }

    /// <summary>What the token is to be good for, divided by spaces. Default none: what the server grants by itself.</summary>
    public string? Scope { get; set; }
}
