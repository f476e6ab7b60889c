namespace Ingestion.Upstream;

/// <summary>Where the resources of the API are.</summary>
internal sealed class UpstreamAddress
{
    /// <summary>Redirects followed within one attempt.</summary>
    public const int MaxRedirects = 3;

    private readonly string _characters;

    public UpstreamAddress(Uri baseAddress)
    {
        // Without the slash at the end, the last segment of the root would be replaced.
        Root = baseAddress.AbsolutePath.EndsWith('/') ? baseAddress : new UriBuilder(baseAddress) { Path = baseAddress.AbsolutePath + "/" }.Uri;
        Catalog = new Uri(Root, "character");
        _characters = Catalog.AbsoluteUri + "/";
    }

    /// <summary>The root of the API, with a slash at the end.</summary>
    public Uri Root { get; }

    /// <summary>The list of all characters.</summary>
    public Uri Catalog { get; }

    /// <summary>Where one item, or several with one request, are fetched.</summary>
    public Uri Of(FetchRequest request) => new(_characters + (request.Several is { } several ? string.Join(',', several) : request.Key.ToString()));

    /// <summary>What tells one API from another: no user name, no password.</summary>
    public static string NameOf(Uri baseAddress) => new UpstreamAddress(baseAddress).Root.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public static bool IsSameServer(Uri first, Uri second) =>
        first.Scheme == second.Scheme && first.Port == second.Port && string.Equals(first.IdnHost, second.IdnHost, StringComparison.OrdinalIgnoreCase);
}
