namespace Ingestion.Runs;

/// <summary>
/// The cores this process may use, with fractions: the processors it may run on, or less where a control group has a quota of CPU time, its own or one above
/// it. Version 1 and 2 of control groups. What cannot be read, or understood, limits nothing.
/// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu and https://docs.kernel.org/scheduler/sched-bwc.html.
/// </summary>
public sealed class CpuAllowance
{
    private readonly string _root;
    private readonly int _processors;

    // Folders of the process's groups, each before those above it.
    private readonly string[] _groups;

    /// <param name="root">Where /proc and /sys are.</param>
    /// <param name="processors">How many processors it may run on.</param>
    internal CpuAllowance(string root, int processors)
    {
        (_root, _processors) = (root, processors);
        _groups = [.. FindGroups()];
    }

    /// <summary>That of this process.</summary>
    public static CpuAllowance OfThisProcess { get; } = new("/", Environment.ProcessorCount);

    /// <summary>How many cores; above 0. May change while the process runs.</summary>
    public double Cores => _groups.Select(Quota).Append(_processors).Min();

    /// <summary>How the kernel has shared them out so far.</summary>
    internal CpuReading Read()
    {
        string? tightest = _groups.MinBy(Quota);
        string[] stat = Words(tightest, "cpu.stat");
        string[] pressure = _groups.Select(group => Words(group, "cpu.pressure")).Append(Words(_root, "proc/pressure/cpu")).FirstOrDefault(words => words.Length > 0, []);
        string? total = pressure.FirstOrDefault(word => word.StartsWith("total=", StringComparison.Ordinal)); // The first line is "some": at least one thread waited.
        // "cpu", user, nice, system, idle, waiting for input or output, interrupts … and guests, who are users already.
        long[] ticks = [.. Words(_root, "proc/stat", isFirstLine: true).Skip(1).Take(8).Select(word => (long)(Number(word) ?? 0))];
        return new CpuReading(
            (long)(After("nr_periods") ?? 0), (long)(After("nr_throttled") ?? 0), Number(total?["total=".Length..]) is { } microseconds ? TimeSpan.FromMicroseconds(microseconds) : null,
            ticks.Sum(), ticks.Skip(3).Take(2).Sum());

        double? After(string name) => Array.IndexOf(stat, name) is >= 0 and var at && at + 1 < stat.Length ? Number(stat[at + 1]) : null;
    }

    private static double Quota(string group)
    {
        (string? quota, string? period) = Words(group, "cpu.max") is [var max, var per, ..]
            ? (max, per)
            : (Words(group, "cpu.cfs_quota_us").FirstOrDefault(), Words(group, "cpu.cfs_period_us").FirstOrDefault());
        return Number(quota) / Number(period) is { } cores and > 0 && double.IsFinite(cores) ? cores : double.PositiveInfinity;
    }

    private static double? Number(string? text) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : null;

    private static string[] Words(string? folder, string file, bool isFirstLine = false) => Read(folder, file, isFirstLine).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    // The other lines of /proc/stat are thousands of words on a large machine.
    private static string Read(string? folder, string file, bool isFirstLine = false)
    {
        try
        {
            return folder is null || Path.Combine(folder, file) is not { } path || !File.Exists(path) ? ""
                : isFirstLine ? File.ReadLines(path).FirstOrDefault("") : File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>
    /// A line of mountinfo is <c>36 35 0:30 /root /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct</c>, a line of cgroup <c>4:cpu,cpuacct:/path</c>, or <c>0::/path</c>
    /// for version 2. A container sees the root of the mount as its own group, or a path that leads out of it.
    /// </summary>
    private IEnumerable<string> FindGroups()
    {
        string[][] memberships = [.. Read(_root, "proc/self/cgroup").Split('\n').Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3)];
        foreach (string line in Read(_root, "proc/self/mountinfo").Split('\n'))
        {
            if (line.Split(" - ") is not [var place, var what] || place.Split(' ') is not [_, _, _, var top, var mount, ..] || what.Split(' ') is not [var type, _, var options, ..])
                continue;

            string[]? membership = type == "cgroup2" ? memberships.FirstOrDefault(parts => parts[1].Length == 0)
                : type == "cgroup" && options.Split(',').Contains("cpu") ? memberships.FirstOrDefault(parts => parts[1].Split(',').Contains("cpu")) : null;
            if (membership is not [_, _, var path])
                continue;

            path = path.StartsWith(top, StringComparison.Ordinal) && !path.Contains("..", StringComparison.Ordinal) ? path[top.Length..].Trim('/') : "";
            while (path.Length > 0)
            {
                yield return Path.Combine(_root, mount.TrimStart('/'), path);
                path = path[..Math.Max(0, path.LastIndexOf('/'))];
            }

            yield return Path.Combine(_root, mount.TrimStart('/'));
        }
    }
}
