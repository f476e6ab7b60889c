using System.ComponentModel.DataAnnotations;

namespace Worker.Live;

/// <summary>Section <c>Live</c>: the page that shows a run while it goes on.</summary>
internal sealed class LiveOptions
{
    public const string Section = "Live";

    /// <summary>The name of the loopback.</summary>
    public const string Loopback = "localhost";

    /// <summary>TCP port of the <see href="live.md">live page</see>. 0 to 65,535, default none: no page; 0 = any free one, which is printed. <c>--live</c> sets it.</summary>
    [Range(0, 65_535)]
    public int? Port { get; set; }

    /// <summary>An address of this machine or a name for one, on which the page is served. Default: the loopback. <c>0.0.0.0</c> or <c>::</c> = all addresses.</summary>
    public string Host { get; set; } = Loopback;

    /// <summary>Whether the page may also change the run: its degree of parallelism, its rate limit, pause it and drain it. Default false. Where others can reach the page it takes a <see cref="Token"/>.</summary>
    public bool Control { get; set; }

    /// <summary>What has to be known to change anything. 16 to 256 printable ASCII characters; default none.</summary>
    [RegularExpression("[!-~]{16,256}", ErrorMessage = "16 to 256 printable ASCII characters without spaces")]
    [Secret]
    public string? Token { get; set; }
}
