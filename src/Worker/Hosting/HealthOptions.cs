using System.ComponentModel.DataAnnotations;

namespace Worker.Hosting;

/// <summary>Section <c>Health</c>: where the worker answers health probes.</summary>
internal sealed class HealthOptions
{
    public const string Section = "Health";

    /// <summary>TCP port of <c>/healthz/live</c> and <c>/healthz/ready</c>, on all addresses. 0 to 65,535, default 8080; 0 = none.</summary>
    [Range(0, 65_535)]
    public int Port { get; set; } = 8080;
}
