using System.Globalization;
using Ingestion.Runs;
using Ingestion.Runs.Watching;

namespace Ingestion.Tests.Runs.Watching;

/// <summary>Four processors, with a quota of two cores where it is said.</summary>
public sealed class CoreLoadTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("core-load-");
    private TimeSpan _now, _used;

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(3.5, 0, false, true)]
    [InlineData(2, 0, false, false)]
    [InlineData(1.5, 2, false, true)]
    [InlineData(1, 2, false, false)]
    [InlineData(0.9, 0, true, true)]
    [InlineData(0.6, 0, true, false)]
    [InlineData(0.4, 0.5, true, true)]
    public void The_cores_are_busy_with_what_may_be_used_of_them(double cores, double quota, bool isOneThread, bool isBusy)
    {
        Group(quota);
        CoreLoad load = Load(isOneThread);

        Assert.False(load.IsBusy(_now));
        Assert.Equal(isBusy, After(load, cores));
    }

    [Fact]
    public void It_takes_more_to_be_busy_than_to_stay_so()
    {
        CoreLoad load = Load();
        load.IsBusy(_now);

        Assert.False(After(load, 2.4));
        Assert.True(After(load, 3));
        Assert.True(After(load, 2.4));
        Assert.False(After(load, 1.6));
    }

    [Fact]
    public void A_quota_that_stops_the_process_keeps_it_busy()
    {
        Group(2, periods: 100, throttled: 10);
        CoreLoad load = Load();
        load.IsBusy(_now);

        Group(2, periods: 110, throttled: 14);
        Assert.False(After(load, 0.9));
        Group(2, periods: 120, throttled: 22);
        Assert.True(After(load, 0.9));
    }

    [Fact]
    public void Neighbours_keep_the_machine_busy()
    {
        Machine(busy: 1000, idle: 1000);
        CoreLoad load = Load();
        load.IsBusy(_now);

        Machine(busy: 1020, idle: 1020);
        Assert.False(After(load, 0.1));
        Machine(busy: 1058, idle: 1022);
        Assert.True(After(load, 0.1));
        Machine(busy: 1073, idle: 1047);
        Assert.False(After(load, 0.1));
    }

    [Fact]
    public void It_is_looked_at_ten_times_a_second_at_most()
    {
        int looks = 0;
        CoreLoad load = new(new CpuAllowance(_root.FullName, 4), () => TimeSpan.FromSeconds(looks++));
        for (int i = 0; i < 1000; i++)
            load.IsBusy(TimeSpan.FromMilliseconds(i));

        Assert.Equal(10, looks);
    }

    private CoreLoad Load(bool isOneThread = false) => new(new CpuAllowance(_root.FullName, 4), () => _used, isOneThread);

    private bool After(CoreLoad load, double cores)
    {
        _now += TimeSpan.FromMilliseconds(100);
        _used += TimeSpan.FromMilliseconds(100 * cores);
        return load.IsBusy(_now);
    }

    private void Group(double cores, int periods = 0, int throttled = 0)
    {
        if (cores == 0)
            return;

        Write("proc/self/cgroup", "0::/");
        Write("proc/self/mountinfo", "30 20 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
        Write("sys/fs/cgroup/cpu.max", string.Create(CultureInfo.InvariantCulture, $"{(int)(cores * 100_000)} 100000"));
        Write("sys/fs/cgroup/cpu.stat", string.Create(CultureInfo.InvariantCulture, $"nr_periods {periods}\nnr_throttled {throttled}\n"));
    }

    // Some of it as user, some waiting for a disk, and a guest that is a user too.
    private void Machine(int busy, int idle) =>
        Write("proc/stat", string.Create(CultureInfo.InvariantCulture, $"cpu  {busy - 30} 10 20 {idle - 5} 5 0 0 0 7 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"));

    private void Write(string name, string text)
    {
        string path = Path.Combine(_root.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
