using System.Diagnostics;
using System.Text.Json;

namespace Worker.EndToEndTests.Units;

public sealed class TelemetrySwitchTests
{
    [Fact]
    public async Task The_switch_changes_one_package_and_one_file()
    {
        (string[] files, string[] packages) = await ItemsAsync(isPackageUsed: false);
        (string[] filesWithPackage, string[] packagesWithPackage) = await ItemsAsync(isPackageUsed: true);

        Assert.Equal(["Hosting/OpenTelemetryHosting.cs"], files.Except(filesWithPackage));
        Assert.Empty(filesWithPackage.Except(files));
        Assert.Equal(["OpenTelemetry.Extensions.Hosting"], packagesWithPackage.Except(packages));
        Assert.Empty(packages.Except(packagesWithPackage));
    }

    private static async Task<(string[] Files, string[] Packages)> ItemsAsync(bool isPackageUsed)
    {
        ProcessStartInfo start = new("dotnet", ["msbuild", Path.Combine(Root(), "src/Worker/Worker.csproj"), "-getItem:Compile,PackageReference", $"-p:UseOpenTelemetryExtensionsHosting={(isPackageUsed ? "true" : "false")}"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };

        // The test runner's own MSBuild must not leak into this one.
        foreach (string name in start.Environment.Keys.Where(key => key.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);

        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement items = json.RootElement.GetProperty("Items");
        return (Names(items.GetProperty("Compile")), Names(items.GetProperty("PackageReference")));
    }

    private static string[] Names(JsonElement items) => [.. items.EnumerateArray().Select(item => item.GetProperty("Identity").GetString()!.Replace('\\', '/'))];

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "IngestionService.sln")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests must run inside the repository");
        return folder;
    }
}
