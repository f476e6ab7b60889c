namespace Worker.Commands;

/// <summary><c>config</c>: the configuration as the worker reads it.</summary>
internal static class ConfigCommand
{
    private const string Notes = """
        Examples:
          ingestion-worker config
          ingestion-worker config --resource locations.json --Ingestion:Strategy=Pipeline
          ingestion-worker config --json

        Each line is a key, its value, and where the value comes from: the default, a file, an environment variable or the command line. It connects to nothing. Passwords,
        headers, query parameters, client secrets and the values of unknown keys are shown as ***. Variables of OpenTelemetry are listed when they are set. Errors in the
        configuration go to standard error; when a file cannot be read, only the errors are shown.

        Exit codes: 0 the configuration can be used · 64 the command line is wrong · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> json = new("--json") { Description = "Print JSON instead of lines." };
        Command command = new("config", "Show every setting, its value and where it comes from.") { RunCommand.Resource(), json };
        command.SetAction(parsed => Show(settings, parsed.GetValue(json)));
        return (command, Notes);
    }

    private static int Show(Dictionary<string, string?> commandLine, bool asJson)
    {
        HostApplicationBuilder builder = WorkerConfiguration.CreateHostBuilder(commandLine, allowUnknownKeys: true);
        IReadOnlyList<MergedSetting> settings = MergedConfiguration.Read(builder.Configuration, commandLine);
        IReadOnlyList<string> errors = [.. UnknownKeys.FindErrors(commandLine.Keys), .. WorkerHost.Register(builder)];
        if (asJson)
            Console.Out.WriteLine(ConfigurationJson.ToJson(settings, errors));
        else
            ConfigurationJson.Write(Console.Out, settings);
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);
        return StandardStreams.ExitCode;
    }
}
