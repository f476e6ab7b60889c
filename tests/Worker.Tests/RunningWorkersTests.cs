using Worker.Hosting;

namespace Worker.Tests;

/// <summary>Reads folders that look like those of Linux's /proc.</summary>
public sealed class RunningWorkersTests : IDisposable
{
    private const int Self = 90;
    private const string Worker = "/app/ingestion-worker.dll";

    private readonly DirectoryInfo _processes = Directory.CreateTempSubdirectory("ingestion-proc-");

    public RunningWorkersTests() => Add(Self, ["dotnet", Worker, "healthcheck"]);

    public void Dispose() => _processes.Delete(recursive: true);

    [Theory]
    [InlineData("run", "run")]
    [InlineData("", "run")]
    [InlineData("--ids 1-10", "run")]
    [InlineData("--Health:Port=9090", "run")]
    [InlineData("--Health:Port 9090 enqueue --ids 1", "enqueue")]
    [InlineData("compare --ids 1-10", "compare")]
    public void A_worker_has_a_command_and_the_ports_it_listens_on(string arguments, string command)
    {
        Add(1, ["dotnet", Worker, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], sockets: [("0A", 9090, 11), ("01", 40000, 12)], ofOthers: [("0A", 5432, 13)]);

        (string Command, IReadOnlyList<int> Ports) worker = Assert.Single(Find()!);

        Assert.Equal(command, worker.Command);
        Assert.Equal([9090], worker.Ports);
    }

    [Fact]
    public void Other_programs_and_health_checks_are_left_out()
    {
        Add(1, ["dotnet", "/app/upstream-simulator.dll"]);
        Add(2, ["tini", "--", "dotnet", Worker, "run"], program: "/usr/bin/tini");
        Add(3, ["dotnet", Worker, "healthcheck", "--ready"]);
        Add(4, ["dotnet", "ingestion-worker.dll", "migrate"], folder: "/app");
        Directory.CreateDirectory(Path.Combine(_processes.FullName, "5"));

        Assert.Equal("migrate", Assert.Single(Find()!).Command);
    }

    [Fact]
    public void A_program_of_its_own_is_found_too()
    {
        Add(Self, ["/app/ingestion-worker", "healthcheck"], program: "/app/ingestion-worker");
        Add(1, ["/app/ingestion-worker", "enqueue", "--ids", "1"], program: "/app/ingestion-worker");

        (string Command, IReadOnlyList<int> Ports) worker = Assert.Single(Find()!);

        Assert.Equal("enqueue", worker.Command);
        Assert.Empty(worker.Ports);
    }

    [Fact]
    public void Where_the_system_does_not_show_this_process_it_shows_none() => Assert.Null(RunningWorkers.Find(_processes.FullName, self: 4711));

    private IReadOnlyList<(string Command, IReadOnlyList<int> Ports)>? Find() => RunningWorkers.Find(_processes.FullName, Self);

    private void Add(
        int id, string[] line, string program = "/usr/bin/dotnet", string folder = "/", (string State, int Port, int Inode)[]? sockets = null, (string State, int Port, int Inode)[]? ofOthers = null)
    {
        string process = Path.Combine(_processes.FullName, $"{id}");
        if (Directory.Exists(process))
            Directory.Delete(process, recursive: true);
        Directory.CreateDirectory(Path.Combine(process, "fd"));
        Directory.CreateDirectory(Path.Combine(process, "net"));
        File.CreateSymbolicLink(Path.Combine(process, "exe"), program);
        File.CreateSymbolicLink(Path.Combine(process, "cwd"), folder);
        File.WriteAllText(Path.Combine(process, "cmdline"), string.Join('\0', line) + "\0");
        foreach ((string _, int _, int inode) in sockets ?? [])
            File.CreateSymbolicLink(Path.Combine(process, "fd", $"{inode}"), $"socket:[{inode}]");
        File.WriteAllLines(Path.Combine(process, "net", "tcp6"),
        [
            "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
            .. (sockets ?? []).Concat(ofOthers ?? []).Select((socket, i) =>
                $"   {i}: 00000000000000000000000000000000:{socket.Port:X4} 00000000000000000000000000000000:0000 {socket.State} 00000000:00000000 00:00000000 00000000  1654        0 {socket.Inode} 1 0000000000000000 100 0 0 10 0"),
        ]);
    }
}
