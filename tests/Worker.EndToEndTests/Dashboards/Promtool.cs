using System.Diagnostics;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Dashboards;

/// <summary>Prometheus' own tool. Tests that need it are skipped where it is not.</summary>
internal static class Promtool
{
    /// <summary>Runs it and expects it to succeed.</summary>
    public static async Task SucceedAsync(params string[] arguments)
    {
        string? promtool = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(promtool is null, "promtool is not installed; Debian has it in the package prometheus");

        await using CapturedProcess process = new(new ProcessStartInfo(promtool, arguments));
        ProcessResult result = await process.WaitForExitAsync(TimeSpan.FromMinutes(1));
        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
    }

    /// <summary>Runs <c>promtool test rules</c> on this text.</summary>
    public static async Task PlayAsync(string test)
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, test);
            await SucceedAsync("test", "rules", file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
