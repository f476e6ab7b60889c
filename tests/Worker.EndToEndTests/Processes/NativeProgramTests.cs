using System.Diagnostics;
using System.Runtime.InteropServices;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Processes;

/// <summary>The worker as one native program, as it ships. They are about nothing in a build that is compiled as it runs, and are skipped then.</summary>
public sealed class NativeProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_program_starts_on_an_x86_64_machine_of_2008()
    {
        string program = NativeProgram();
        string? emulator = FindOnPath("qemu-x86_64");
        Assert.SkipWhen(emulator is null, "qemu-x86_64 is missing (Debian, Ubuntu: apt-get install qemu-user)");
        Assert.SkipWhen(RuntimeInformation.ProcessArchitecture != Architecture.X64, "the program is for another processor");

        ProcessResult version = await RunAsync(emulator!, "-cpu", "Nehalem", program, "--version");
        ProcessResult refused = await RunAsync(emulator!, "-cpu", "Nehalem", program, "run", "--strategy", "none");

        Assert.True(version.ExitCode == 0, version.StandardError);
        Assert.Matches(@"^\d+\.\d+\.\d+", version.StandardOutput);
        Assert.Equal(78, refused.ExitCode);
        Assert.Contains("Ingestion:Strategy is 'none', but must be one of Sequential", refused.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_published_but_the_program_and_its_settings()
    {
        string[] published = [.. Directory.EnumerateFiles(Path.GetDirectoryName(NativeProgram())!, "*", SearchOption.AllDirectories).Select(file => Path.GetFileName(file)!)];

        Assert.Equal(["appsettings.json", "appsettings.schema.json", "ingestion-worker"], published.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("ingestion-worker ru", "run")]
    [InlineData("ingestion-worker run --strategy ", "Pipeline")]
    [InlineData("ingestion-worker run --source ", "RabbitMq")]
    [InlineData("ingestion-worker status --js", "--json")]
    public async Task A_shell_is_told_what_may_come_next(string line, string expected)
    {
        await using var worker = WorkerProcess.Start([$"[suggest:{line.Length}]", line]);
        ProcessResult result = await worker.WaitForExitAsync(Patience);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.StandardOutput.Split('\n'));
    }

    private static string NativeProgram()
    {
        string? worker = Environment.GetEnvironmentVariable(WorkerProcess.PathVariable);
        Assert.SkipWhen(worker is null || worker.EndsWith(".dll", StringComparison.Ordinal), $"{WorkerProcess.PathVariable} names no native program");
        return worker!;
    }

    private static async Task<ProcessResult> RunAsync(string file, params string[] arguments)
    {
        await using var process = new CapturedProcess(new ProcessStartInfo(file, arguments));
        return await process.WaitForExitAsync(Patience);
    }

    private static string? FindOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
}
