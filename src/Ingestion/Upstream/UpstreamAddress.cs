using Ingestion.Records;

namespace Ingestion.Upstream;

/// <summary>Where the resources of the API are.</summary>
internal sealed class UpstreamAddress
{
    /// <summary>Redirects followed within one attempt.</summary>
    public const int MaxRedirects = 3;

    private readonly Resource _resource;

    public UpstreamAddress(Uri baseAddress, Resource resource)
    {
        _resource = resource;
        // Without the slash at the end, the last segment of the root would be replaced.
        Root = RootOf(baseAddress);
    }

    /// <summary>The root of the API, with a slash at the end.</summary>
    public Uri Root { get; }

    /// <summary>A page of the list of all: the one with a token, or the first.</summary>
    public Uri Catalog(string? token = null) => new(Root.AbsoluteUri + _resource.Catalog?.PathOf(token));

    /// <summary>Where one item, or several with one request, are fetched.</summary>
    public Uri Of(FetchRequest request) => new(request.Several is { } several
        ? (_resource.ListPath ?? throw new InvalidOperationException("the resource has no path for several")).Below(Root.AbsoluteUri, several)
        : _resource.Path.Below(Root.AbsoluteUri, request.Key));

    /// <summary>What tells one API from another: no user name, no password.</summary>
    public static string NameOf(Uri baseAddress) => RootOf(baseAddress).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    public static bool IsSameServer(Uri first, Uri second) =>
        first.Scheme == second.Scheme && first.Port == second.Port && string.Equals(first.IdnHost, second.IdnHost, StringComparison.OrdinalIgnoreCase);

    private static Uri RootOf(Uri baseAddress) =>
        baseAddress.AbsolutePath.EndsWith('/') ? baseAddress : new UriBuilder(baseAddress) { Path = baseAddress.AbsolutePath + "/" }.Uri;
}
