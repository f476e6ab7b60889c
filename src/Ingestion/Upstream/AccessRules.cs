using System.Text.RegularExpressions;

namespace Ingestion.Upstream;

/// <summary>What the credentials for the API must be like. No message shows a value.</summary>
internal static partial class AccessRules
{
    private static readonly HashSet<string> OwnHeaders = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-Encoding", "Connection", "Content-Length", "Content-Type", "Expect", "Host", "If-None-Match", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    public static IEnumerable<string> Check(UpstreamOptions upstream, OAuthOptions access)
    {
        foreach ((string name, string value) in upstream.Headers)
        {
            string key = $"{UpstreamOptions.Section}:Headers:{name}";
            if (!HeaderName().IsMatch(name))
                yield return $"{key} is no name of a header; allowed are letters, digits and !#$%&'*+-.^_`|~";
            else if (OwnHeaders.Contains(name))
                yield return $"{key} cannot be set: the worker sets it, or HTTP does";
            else if (value.Length == 0 || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                yield return $"{key} has a value that no header can have; allowed is visible ASCII text and spaces";
        }

        foreach (string name in upstream.Query.Where(pair => pair.Value.Length == 0).Select(pair => pair.Key))
            yield return $"{UpstreamOptions.Section}:Query:{name} is empty; give it a value, or leave it out";

        (string Name, string? Value)[] needed = [("TokenUrl", access.TokenUrl?.ToString()), ("ClientId", access.ClientId), ("ClientSecret", access.ClientSecret)];
        string[] missing = [.. needed.Where(setting => string.IsNullOrEmpty(setting.Value)).Select(setting => setting.Name)];
        if (missing.Length is 1 or 2)
            yield return $"{OAuthOptions.Section} needs {string.Join(" and ", missing)} as well: TokenUrl, ClientId and ClientSecret belong together";
        else if (missing.Length == 3 && access.Scope is not null)
            yield return $"{OAuthOptions.Section}:Scope is set, but no TokenUrl; set TokenUrl, ClientId and ClientSecret, or leave it out";
        else if (missing.Length == 0 && upstream.Headers.ContainsKey("Authorization"))
            yield return $"{OAuthOptions.Section} and {UpstreamOptions.Section}:Headers:Authorization are both set; leave one of them out";
    }

    // RFC 9110, section 5.6.2: a token.
    [GeneratedRegex("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$", RegexOptions.NonBacktracking)]
    private static partial Regex HeaderName();
}
