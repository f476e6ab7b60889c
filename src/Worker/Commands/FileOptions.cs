namespace Worker.Commands;

/// <summary>The options that name files a run leaves behind. One that cannot be written is an error of the command line, before anything starts.</summary>
internal sealed class FileOptions
{
    public Option<string?> Summary { get; } = Create("--summary", "Write the summary of the run to this file, as JSON.");

    public Option<string?> Report { get; } = Create("--report", "Write the picture of the run to this file, as HTML.");

    public Option<string?> ChromeTrace { get; } = Create("--chrome-trace", "Write the timeline of the run to this file, for Perfetto or chrome://tracing.");

    public RunFiles Read(ParseResult parsed) => new(parsed.GetValue(Summary), parsed.GetValue(Report), parsed.GetValue(ChromeTrace));

    /// <summary>An option that takes the path of a file that can be written.</summary>
    public static Option<string?> Create(string name, string description)
    {
        Option<string?> option = new(name) { Description = description, HelpName = "file" };
        option.Validators.Add(result =>
        {
            if (OutputFile.WhatIsWrongWith(result.GetValueOrDefault<string>()) is { } problem)
                result.AddError($"{name}: {problem}");
        });
        return option;
    }
}
