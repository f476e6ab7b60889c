using System.Diagnostics;
using TestSupport.Processes;

namespace TestSupport.Faults;

/// <summary>A file system of a few MiB in memory, to be filled up. Mounting one takes privileges.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _folder;

    private SmallDisk(DirectoryInfo folder)
    {
        _folder = folder;
    }

    /// <summary>Where it is mounted. It belongs to the user <c>postgres</c>.</summary>
    public string Folder => _folder.FullName;

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Mounts one; null when this process may not.</summary>
    public static async Task<SmallDisk?> TryMountAsync(int mebibytes)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("ingestion-disk-");
        if (Environment.IsPrivilegedProcess && await SucceedsAsync("mount", "-t", "tmpfs", "-o", $"size={mebibytes}m", "tmpfs", folder.FullName)
            && await SucceedsAsync("chown", "postgres", folder.FullName))
            return new SmallDisk(folder);

        folder.Delete();
        return null;
    }

    /// <summary>Leaves no byte free.</summary>
    public void Fill()
    {
        using FileStream ballast = new(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] page = new byte[4096];
        try
        {
            while (true)
                ballast.Write(page);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Takes away what <see cref="Fill"/> put there.</summary>
    public void MakeRoom() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await SucceedsAsync("umount", "--lazy", Folder);
        _folder.Delete();
    }

    private static async Task<bool> SucceedsAsync(params string[] command)
    {
        await using var process = new CapturedProcess(new ProcessStartInfo(command[0], command[1..]));
        return (await process.WaitForExitAsync(Patience)).ExitCode == 0;
    }
}
