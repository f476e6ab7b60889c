using System.CommandLine;
using Ingestion.Configuration;
using Worker.Commands;
using Worker.Tests.Configuration;

namespace Worker.Tests;

/// <summary>What <c>--help</c> prints: what a command does, what its options take and how it ends, as plainly as the pages say it.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> Commands => [.. Root.Subcommands.Where(command => !command.Hidden).Select(command => command.Name), "dead discard"];

    private static RootCommand Root => CommandLine.CreateRoot(out _);

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_says_what_a_command_does_shows_it_and_lists_how_it_ends(string name)
    {
        string help = Help(name);

        Assert.StartsWith($"Description:\n  {Find(name).Description}\n", help, StringComparison.Ordinal);
        Assert.Contains($"Examples:\n  ingestion-worker {name.Split(' ')[0]}", help, StringComparison.Ordinal);
        Assert.Matches(@"Exit codes:\s+0 [\s\S]*\b64 +the command line is wrong[\s\S]*\b1 +\w", help);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_is_written_in_plain_sentences(string name)
    {
        string[] descriptions = [Find(name).Description!, .. Find(name).Options.Select(option => option.Description!)];
        string text = string.Join("\n\n", descriptions) + "\n\n" + string.Join('\n', Help(name).Split('\n').TakeWhile(line => !line.StartsWith("Exit codes:", StringComparison.Ordinal)).Where(line => !line.StartsWith("  ", StringComparison.Ordinal)));

        Assert.All(descriptions, description => Assert.EndsWith(".", description, StringComparison.Ordinal));
        Assert.Empty(PageFormTests.BentIn(text));
        Assert.DoesNotContain(PageFormTests.Sentences(text), sentence => sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length > PageFormTests.SentenceWords);
    }

    [Fact]
    public void Options_say_the_default_of_the_setting_they_are_for()
    {
        Dictionary<string, object?> defaults = DocumentedSection.All.SelectMany(section => section.Settings).ToDictionary(setting => setting.Key, setting => setting.Default);
        SettingOption[] options = [.. Find("run").Options.OfType<SettingOption>().Where(option => defaults.GetValueOrDefault(option.Key) is not null)];

        Assert.True(options.Length > 5);
        Assert.All(options, option => Assert.Contains($"Default {SettingValue.Format(defaults[option.Key])}.", option.Description!, StringComparison.Ordinal));
    }

    private static Command Find(string name) => Root.Parse(name).CommandResult.Command;

    private static string Help(string name)
    {
        using StringWriter output = new();
        Root.Parse(name + " --help").Invoke(new InvocationConfiguration { Output = output });
        return output.ToString().ReplaceLineEndings("\n");
    }
}
