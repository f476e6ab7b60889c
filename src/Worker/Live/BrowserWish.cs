using System.ComponentModel;

namespace Worker.Live;

/// <summary>Whether the live page is to be opened in a browser: with <c>--live</c>, where somebody sits at a desktop.</summary>
internal sealed record BrowserWish(bool IsLive)
{
    public bool IsWished => IsLive && OperatingSystem.IsLinux() && Terminal.IsInteractive
        && (Environment.GetEnvironmentVariable("DISPLAY") ?? Environment.GetEnvironmentVariable("WAYLAND_DISPLAY")) is { Length: > 0 };

    /// <summary>Opens it. Where that does not work the address is still in the terminal.</summary>
    public static void Open(Uri address)
    {
        try
        {
            using Process? opening = Process.Start(new ProcessStartInfo("xdg-open", address.AbsoluteUri) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            // There is no xdg-open.
        }
    }
}
