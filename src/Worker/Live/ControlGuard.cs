using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Worker.Live;

/// <summary>
/// Lets only the page ask for something: what its own server has served, in the hands of whoever has the token. Another site can make a visitor's browser send a
/// request here, but neither with this origin nor with the token from the page (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
/// </summary>
/// <param name="token">What <c>Live:Token</c> says; null when there is none.</param>
internal sealed class ControlGuard(string? token)
{
    public const string PageTokenHeader = "X-Page-Token";

    private const string Bearer = "Bearer ";

    /// <summary>A token in the page that has to come back. Another one for each process.</summary>
    public string PageToken { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);

    public bool AsksForToken => token is not null;

    /// <summary>Why a request is refused, in one line; null when it is not.</summary>
    /// <param name="request">One whose host is known.</param>
    public (int Status, string Text)? Refuse(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (!IsOwn(origin, request.Host.Value) || request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin"))
            return (StatusCodes.Status403Forbidden, "only for the page of this server");
        if (!IsSame(request.Headers[PageTokenHeader].ToString(), PageToken))
            return (StatusCodes.Status403Forbidden, "this page is of another worker, or of an earlier start of it: load it again");
        if (token is not null && !(request.Headers.Authorization.ToString() is var given && given.StartsWith(Bearer, StringComparison.Ordinal) && IsSame(given[Bearer.Length..], token)))
            return (StatusCodes.Status401Unauthorized, "this takes the token that Live:Token is");
        return null;
    }

    private static bool IsOwn(string origin, string? host) =>
        origin.Equals($"http://{host}", StringComparison.OrdinalIgnoreCase) || origin.Equals($"https://{host}", StringComparison.OrdinalIgnoreCase);

    // The time it takes says neither how much is right nor how long the right one is.
    private static bool IsSame(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));
}
