using Microsoft.Playwright;

namespace Worker.EndToEndTests.Pictures;

/// <summary>One Chromium for all tests that look at pages: the one that <c>CHROMIUM</c> names, or the first on the path.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Find(), Args = ["--no-sandbox"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    internal Task<IPage> NewPageAsync(int width, ColorScheme scheme, ReducedMotion motion = ReducedMotion.NoPreference) =>
        _browser!.NewPageAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = scheme, ReducedMotion = motion });

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } named)
            return named;

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        return folders.SelectMany(_ => (string[])["chromium", "chromium-browser", "google-chrome"], Path.Combine).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException("There is no Chromium: install it (Debian: apt-get install chromium), or name it in CHROMIUM.");
    }
}
