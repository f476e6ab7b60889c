namespace Worker.Commands;

/// <summary><c>config</c>: the configuration as the worker reads it.</summary>
internal static class ConfigCommand
{
    private const string Notes = """
        Examples:
          ingestion-worker config
          ingestion-worker config --resource locations.json --Ingestion:Strategy=Pipeline
          ingestion-worker config --json

        Each line is a key, its value, and where the value comes from: the default, a file, an environment variable or the command line. Nothing is connected to. Passwords, headers, query
        parameters and client secrets are shown as ***, and so is the value of a key that the worker does not know. Variables of OpenTelemetry stand there when they are set. The errors of a
        configuration that is wrong follow on standard error; with a file that cannot be read, they are all there is.

        Exit codes: 0 the configuration can be used · 64 the command line is wrong · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        Option<bool> json = new("--json") { Description = "Print JSON instead of lines." };
        Command command = new("config", "Show every setting, its value and where that comes from.") { RunCommand.Resource(), json };
        command.SetAction(parsed => Show(settings, parsed.GetValue(json)));
        return (command, Notes);
    }

    private static int Show(Dictionary<string, string?> commandLine, bool asJson)
    {
        HostApplicationBuilder builder = WorkerConfiguration.CreateHostBuilder(commandLine, allowUnknownKeys: true);
        IReadOnlyList<MergedSetting> settings = MergedConfiguration.Read(builder.Configuration, commandLine);
        IReadOnlyList<string> errors = [.. UnknownKeys.FindErrors(commandLine.Keys), .. WorkerHost.Register(builder)];
        if (asJson)
            Console.Out.WriteLine(ConfigurationReport.ToJson(settings, errors));
        else
            ConfigurationReport.Write(Console.Out, settings);
        if (errors.Count > 0)
            throw new IngestionConfigurationException(errors);
        return StandardStreams.ExitCode;
    }
}
