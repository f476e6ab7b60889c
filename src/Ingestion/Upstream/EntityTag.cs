using System.Net.Http.Headers;

namespace Ingestion.Upstream;

/// <summary>Which entity tags of the upstream are kept, to be sent back to it (RFC 9110, section 8.8.3).</summary>
internal static class EntityTag
{
    /// <summary>Longer ones would be stored and sent with every request, whatever somebody puts into them.</summary>
    public const int MaxLength = 256;

    /// <summary>The tag of a response, or null if it has none, several, or one that could not be sent as it is.</summary>
    public static string? Of(HttpResponseMessage response) =>
        response.Headers.NonValidated.TryGetValues("ETag", out HeaderStringValues values) && values.Count == 1 && IsUsable(values.ToString())
            ? values.ToString()
            : null;

    // A lone asterisk is parsed as a tag as well; sent back it would mean "any record at all". Inside the quotes, control codes would not pass
    // PostgreSQL and others than ASCII would not pass a request's headers.
    private static bool IsUsable(string tag) =>
        tag.Length <= MaxLength && tag.EndsWith('"') && !tag.AsSpan().ContainsAnyExceptInRange('!', '~') && EntityTagHeaderValue.TryParse(tag, out _);
}
