using Ingestion.Runs;

namespace Ingestion.Tests.Runs;

/// <summary>Made-up trees of both versions of control groups, on a machine of four processors.</summary>
public sealed class CpuAllowanceTests : IDisposable
{
    private const string V2 = "30 20 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate";
    private const string V1 = "33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:9 - cgroup cgroup rw,cpu,cpuacct";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("cpu-allowance-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Without_control_groups_there_are_as_many_cores_as_processors() => Assert.Equal(4, Cores());

    [Theory]
    [InlineData("50000 100000\n", 0.5)]
    [InlineData("150000 100000\n", 1.5)]
    [InlineData("800000 100000\n", 4)]
    [InlineData("max 100000\n", 4)]
    [InlineData("0 100000", 4)]
    [InlineData("-1 100000", 4)]
    [InlineData("50000 0", 4)]
    [InlineData("50000", 4)]
    [InlineData("nonsense", 4)]
    [InlineData("", 4)]
    public void A_quota_of_version_2_counts_as_it_is(string max, double cores)
    {
        Mount(V2, "0::/app.slice/worker.service");
        File("sys/fs/cgroup/app.slice/worker.service/cpu.max", max);

        Assert.Equal(cores, Cores());
    }

    [Theory]
    [InlineData("25000", "100000", 0.25)]
    [InlineData("-1", "100000", 4)]
    [InlineData("50000", "", 4)]
    [InlineData("?", "!", 4)]
    public void A_quota_of_version_1_counts_as_it_is(string quota, string period, double cores)
    {
        Mount(V1, "4:memory:/elsewhere\n3:cpu,cpuacct:/docker/1234\n0::/");
        File("sys/fs/cgroup/cpu,cpuacct/docker/1234/cpu.cfs_quota_us", quota);
        File("sys/fs/cgroup/cpu,cpuacct/docker/1234/cpu.cfs_period_us", period);

        Assert.Equal(cores, Cores());
    }

    [Fact]
    public void The_tightest_quota_on_the_way_up_counts_and_tells_of_the_throttling()
    {
        Mount(V2, "0::/pod/container/child");
        File("sys/fs/cgroup/pod/cpu.max", "300000 100000");
        File("sys/fs/cgroup/pod/container/cpu.max", "70000 100000");
        File("sys/fs/cgroup/pod/container/cpu.stat", "usage_usec 9\nnr_periods 200\nnr_throttled 150\nthrottled_usec 7000000\n");
        File("sys/fs/cgroup/pod/container/child/cpu.max", "max 100000");
        File("sys/fs/cgroup/pod/container/child/cpu.stat", "usage_usec 9\nnr_periods 0\nnr_throttled 0\n");
        File("sys/fs/cgroup/pod/container/child/cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");

        Assert.Equal(0.7, Cores());
        CpuReading reading = new CpuAllowance(_root.FullName, 4).Read();
        Assert.Equal(new CpuReading(200, 150, TimeSpan.FromSeconds(2.5)), reading);
        Assert.Equal(0.75, reading.ThrottledShare);
    }

    [Theory]
    [InlineData("33 30 0:29 /docker/1234 /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct", "3:cpu,cpuacct:/docker/1234")]
    [InlineData(V1, "3:cpu,cpuacct:/../../docker/1234")]
    [InlineData(V1, "3:cpu,cpuacct:/docker/not-here")]
    public void A_container_finds_its_own_group_at_the_mount(string mount, string membership)
    {
        Mount(mount, membership);
        File("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "50000");
        File("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000");

        Assert.Equal(0.5, Cores());
    }

    [Fact]
    public void Where_the_group_does_not_tell_of_pressure_the_machine_does()
    {
        Mount(V1, "3:cpu,cpuacct:/");
        File("proc/pressure/cpu", "some avg10=22.66 avg60=17.18 avg300=26.74 total=28620651825\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");

        Assert.Equal(TimeSpan.FromMicroseconds(28620651825), new CpuAllowance(_root.FullName, 4).Read().Pressure);
    }

    [Theory]
    [InlineData("nr_periods")]
    [InlineData("nr_periods many nr_throttled -3")]
    [InlineData("")]
    public void Garbage_says_nothing(string stat)
    {
        Mount(V2 + "\n\nhalf a line\n1 2 3 - cgroup2\n", "0::/a\nno colon\n::\n");
        File("sys/fs/cgroup/a/cpu.stat", stat);
        File("sys/fs/cgroup/a/cpu.pressure", "some total=much");
        _root.CreateSubdirectory("sys/fs/cgroup/a/cpu.max"); // A folder: there is something that cannot be read.

        Assert.Equal(4, Cores());
        Assert.Equal(default, new CpuAllowance(_root.FullName, 4).Read());
    }

    [Fact]
    public void This_process_has_some() => Assert.InRange(CpuAllowance.OfThisProcess.Cores, 0.001, Environment.ProcessorCount);

    private double Cores() => new CpuAllowance(_root.FullName, 4).Cores;

    private void Mount(string mount, string membership)
    {
        File("proc/self/mountinfo", "22 20 0:21 / /proc rw - proc proc rw\n" + mount + "\n");
        File("proc/self/cgroup", membership + "\n");
    }

    private void File(string name, string text)
    {
        string path = Path.Combine(_root.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllText(path, text);
    }
}
