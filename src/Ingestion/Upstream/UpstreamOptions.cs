using System.ComponentModel.DataAnnotations;

namespace Ingestion.Upstream;

/// <summary>Section <c>Upstream</c>: the REST API the records come from.</summary>
[NestedSection("OAuth")]
public sealed class UpstreamOptions
{
    /// <summary>Name of the section.</summary>
    public const string Section = "Upstream";

    /// <summary>API root; <c>Resource:Path</c> is below it. Absolute, http or https. Default: the public Rick and Morty API.</summary>
    public Uri BaseAddress { get; set; } = new("https://rickandmortyapi.com/api/");

    /// <summary>Above 1, up to this many IDs are fetched with one request: <c>character/1,2,3</c>. 1 to 100, default 1.</summary>
    [Range(1, 100)]
    public int IdsPerRequest { get; set; } = 1;

    /// <summary>How long one HTTP attempt may take, body included. 1 ms to 1 hour, default 10 s.</summary>
    [DurationRange("00:00:00.001", "01:00:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the counted attempts at one item may take together, in HTTP: waiting between them, at the gate or for the database is not part of it. An attempt ends when the
    /// item's time does; then it is dead-lettered. 100 ms to 1 day, default 1 min.
    /// </summary>
    [DurationRange("00:00:00.1", "1.00:00:00")]
    public TimeSpan ItemTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Counted attempts before an item is dead-lettered. 1 to 100, default 5.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>The longest <c>Retry-After</c>, or wait for a quota to be renewed, that is obeyed; an upstream that asks for more is asked again after this long. 1 s to 1 day, default 10 min.</summary>
    [DurationRange("00:00:01", "1.00:00:00")]
    public TimeSpan MaxRetryAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long to wait for the first answer of the upstream, then exit code 69. Once it has answered, the worker waits without end. 1 s to 7 days, default 5 min.</summary>
    [DurationRange("00:00:01", "7.00:00:00")]
    public TimeSpan StartupTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long the upstream may refuse everything (401, 403, 407, 451, another 4xx or a redirect that is always the same) before the run stops with 69: <see
    /// href="failures.md#when-the-upstream-refuses">refusals</see>. 1 s to 7 days, default 5 min.
    /// </summary>
    [DurationRange("00:00:01", "7.00:00:00")]
    public TimeSpan RefusalTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The share of all requests over ten seconds that may be retries; those that are due beyond it wait, without a slot. 0 to 1, default 0.2;
    /// 0 = only <see cref="MinRetriesPerSecond"/>, 1 = no limit.
    /// </summary>
    [Range(0.0, 1.0)]
    public double RetryRatio { get; set; } = 0.2;

    /// <summary>Retries per second that are made whatever <see cref="RetryRatio"/> says. 1 to 1,000,000, default 10.</summary>
    [Range(1, 1_000_000)]
    public int MinRetriesPerSecond { get; set; } = 10;

    /// <summary>The largest body accepted for one record, in bytes; for several in one answer as many times that, but neither more than 64 MiB nor than an eighth of the process's memory; both as sent and unpacked. 1 KiB to 64 MiB, default 1 MiB.</summary>
    [Range(1024, 67_108_864)]
    public int MaxResponseBytes { get; set; } = 1_048_576;

    /// <summary>
    /// Whether a record that is stored is asked for with its entity tag: if the upstream answers that it is still the same (304), it is not sent, parsed or compared again (<see
    /// href="resources.md#conditional-requests">conditional requests</see>). Default true.
    /// </summary>
    public bool ConditionalRequests { get; set; } = true;

    /// <summary>
    /// Headers that every request has, such as <c>Upstream__Headers__Authorization=Bearer …</c> or <c>X-Api-Key</c>; never shown (<see
    /// href="resources.md#credentials">credentials</see>). Default none.
    /// </summary>
    [Secret]
    public IDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Parameters that the query of every request has, such as <c>api_key</c>; never shown. Default none.</summary>
    [Secret]
    public IDictionary<string, string> Query { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Client-side rate limit over all slots, in requests per second. 0.01 to 1,000,000, default none.</summary>
    [Range(0.01, 1_000_000)]
    [FollowsReload]
    public double? RequestsPerSecond { get; set; }
}
