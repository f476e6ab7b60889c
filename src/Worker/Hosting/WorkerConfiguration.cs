using Ingestion.Records;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.FileProviders;

namespace Worker.Hosting;

/// <summary>Puts the configuration together: defaults, appsettings.json, secret files, environment variables, command line; later ones win.</summary>
internal static class WorkerConfiguration
{
    private const string DefaultSecretsFolder = "/run/secrets";
    private const string SecretsVariable = "INGESTION_SECRETS";
    private const string ResourceFileKey = $"{ResourceOptions.Section}:{nameof(ResourceOptions.File)}";

    /// <summary>Standard output is for the summary, so the log goes to standard error. All of it can be configured otherwise.</summary>
    private static readonly Dictionary<string, string?> Defaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:System.Net.Http"] = "Warning",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:Console:LogToStandardErrorThreshold"] = "Trace",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
    };

    /// <param name="commandLine">The settings it makes.</param>
    /// <param name="allowUnknownKeys">Whether it may have some that nobody reads.</param>
    public static HostApplicationBuilder CreateHostBuilder(IReadOnlyDictionary<string, string?> commandLine, bool allowUnknownKeys = false)
    {
        OpenTelemetryVariables.TrimEnvironment();
        return Read(commandLine, () =>
        {
            HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = ContentRoot() });
            IList<IConfigurationSource> sources = builder.Configuration.Sources;
            sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });

            // A user's settings do not have to repeat what the shipped resource is.
            string shipped = Path.Combine(AppContext.BaseDirectory, "appsettings.json");
            if (Path.GetFullPath(ContentRoot()).TrimEnd('/') != AppContext.BaseDirectory.TrimEnd('/') && File.Exists(shipped))
            {
                var file = new JsonConfigurationSource { Path = shipped };
                file.ResolveFileProvider();
                sources.Insert(1, file);
            }

            foreach (JsonConfigurationSource json in sources.OfType<JsonConfigurationSource>().ToArray())
            {
                SettingsFile file = SettingsFile.From(json);
                builder.Services.AddSingleton(file);
                sources[sources.IndexOf(json)] = file;
            }

            AddSecrets(sources);
            builder.Configuration.AddInMemoryCollection(commandLine);
            AddResourceFile(builder, sources);
            return builder;
        }, allowUnknownKeys);
    }

    /// <summary>The health port alone, as quickly as can be: nothing else is read, checked or built.</summary>
    /// <exception cref="IngestionConfigurationException">A settings file cannot be read, or the port cannot be one.</exception>
    public static int HealthPort(IReadOnlyDictionary<string, string?> commandLine) => Read(commandLine, () =>
    {
        string environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Production;
        IConfigurationBuilder builder = new ConfigurationBuilder()
            .SetBasePath(ContentRoot())
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{environment}.json", optional: true)
            .AddEnvironmentVariables()
            .AddInMemoryCollection(commandLine);
        AddSecrets(builder.Sources);
        IConfigurationRoot configuration = builder.Build();
        IReadOnlyList<string> errors = Settings.Check<HealthOptions>(configuration, HealthOptions.Section);
        return errors.Count == 0
            ? configuration.GetValue("Health:Port", new HealthOptions().Port)
            : throw new IngestionConfigurationException(errors);
    });

    /// <summary>What is wrong with a settings file: where, and why.</summary>
    public static string Describe(string file, Exception exception)
    {
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is JsonException { LineNumber: { } line } json)
                return $"{file}, line {line + 1}, column {json.BytePositionInLine + 1}: not valid JSON: {json.Message.Split(" LineNumber:")[0].TrimEnd('.')}";
        }

        return $"{file}: {exception.GetBaseException().Message}";
    }

    private static T Read<T>(IReadOnlyDictionary<string, string?> commandLine, Func<T> read, bool allowUnknownKeys = false)
    {
        if (!allowUnknownKeys && UnknownKeys.FindErrors(commandLine.Keys) is { Count: > 0 } errors)
            throw new IngestionConfigurationException(errors);

        try
        {
            return read();
        }
        catch (DirectoryNotFoundException)
        {
            throw new IngestionConfigurationException($"DOTNET_CONTENTROOT is '{ContentRoot()}', which is not a folder that exists");
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            // "Failed to load configuration from file '...'." > "Could not parse the JSON file." > where and why
            throw new IngestionConfigurationException(Describe(e.Message.Split('\'') is [_, string path, ..] ? path : e.Message, e));
        }
    }

    /// <summary>The resource of a separate file replaces the one in the settings files, whose columns would otherwise be added to it.</summary>
    private static void AddResourceFile(HostApplicationBuilder builder, IList<IConfigurationSource> sources)
    {
        if (builder.Configuration[ResourceFileKey] is not { Length: > 0 } path)
            return;

        string full = Path.GetFullPath(path.Trim());
        if (!File.Exists(full))
            throw new IngestionConfigurationException($"{ResourceFileKey} is '{path}', which is not a file that exists");

        SettingsFile[] files = [.. sources.OfType<SettingsFile>()];
        foreach (SettingsFile file in files)
            file.LeavesOut = ResourceOptions.Section;
        var resource = new SettingsFile { Path = full, ReloadOnChange = files.Any(file => file.ReloadOnChange) };
        resource.ResolveFileProvider();
        builder.Services.AddSingleton(resource);
        // Adding a source reads all of them again.
        sources.Insert(sources.IndexOf(files[^1]) + 1, resource);
        if (!builder.Configuration.GetSection(ResourceOptions.Section).GetChildren().Any(setting => !string.Equals(setting.Key, nameof(ResourceOptions.File), StringComparison.OrdinalIgnoreCase)))
            throw new IngestionConfigurationException($"{ResourceFileKey} is '{path}', which has no section {ResourceOptions.Section}");
    }

    /// <summary>A file for each key, such as <c>ConnectionStrings__Postgres</c>: how containers are given secrets without showing them in the environment.</summary>
    private static void AddSecrets(IList<IConfigurationSource> sources)
    {
        string? named = Environment.GetEnvironmentVariable(SecretsVariable);
        string folder = string.IsNullOrEmpty(named) ? DefaultSecretsFolder : Path.GetFullPath(named);
        if (Directory.Exists(folder))
            sources.Insert(sources.IndexOf(sources.OfType<JsonConfigurationSource>().Last()) + 1, new KeyPerFileConfigurationSource { FileProvider = new PhysicalFileProvider(folder) });
        else if (!string.IsNullOrEmpty(named))
            throw new IngestionConfigurationException($"{SecretsVariable} is '{named}', which is not a folder that exists");
    }

    private static string ContentRoot() =>
        Environment.GetEnvironmentVariable("DOTNET_CONTENTROOT") is { Length: > 0 } path ? Path.GetFullPath(path) : AppContext.BaseDirectory;
}
