using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Pictures;

/// <summary>
/// The .NET Aspire dashboard, a receiver of OTLP that others wrote, as a process of its own on free ports of the loopback address. <c>ASPIRE_DASHBOARD</c> names the program;
/// tests/run.sh fetches it.
/// </summary>
internal sealed class Dashboard : CapturedProcess
{
    public const string ProgramVariable = "ASPIRE_DASHBOARD";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly string _home;

    private Dashboard(ProcessStartInfo start, string home)
        : base(start) => _home = home;

    /// <summary>Where its pages are.</summary>
    public required Uri Pages { get; init; }

    /// <summary>Where it takes OTLP over gRPC.</summary>
    public required Uri Grpc { get; init; }

    /// <summary>Where it takes OTLP over HTTP.</summary>
    public required Uri Http { get; init; }

    /// <summary>The program, or null where there is none.</summary>
    public static string? Program => Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } program ? program : null;

    public static async Task<Dashboard> StartAsync()
    {
        string home = Directory.CreateTempSubdirectory("dashboard-").FullName;
        Uri pages = FreeAddress(), grpc = FreeAddress(), http = FreeAddress();
        var dashboard = new Dashboard(
            new ProcessStartInfo(Program!)
            {
                Environment =
                {
                    ["HOME"] = home,
                    ["ASPNETCORE_URLS"] = pages.ToString(),
                    ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = grpc.ToString(),
                    ["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"] = http.ToString(),
                    ["ASPIRE_DASHBOARD_UNSECURED_ALLOW_ANONYMOUS"] = "true",
                },
            },
            home)
        { Pages = pages, Grpc = grpc, Http = http };
        await dashboard.WaitForOutputAsync(new Regex("OTLP/HTTP listening", RegexOptions.None, Patience), Patience);
        return dashboard;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    private static Uri FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
    }
}
