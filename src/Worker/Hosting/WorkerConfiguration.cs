using System.Text.Json;
using Ingestion.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Worker.Hosting;

/// <summary>Puts the configuration together: defaults, appsettings.json, environment variables, command line; later ones win.</summary>
internal static class WorkerConfiguration
{
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

    /// <exception cref="IngestionConfigurationException">A settings file cannot be read.</exception>
    public static HostApplicationBuilder CreateHostBuilder(IReadOnlyDictionary<string, string?> commandLine)
    {
        try
        {
            HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { ContentRootPath = ContentRoot() });
            builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
            builder.Configuration.AddInMemoryCollection(commandLine);
            return builder;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new IngestionConfigurationException(Describe(e));
        }
    }

    /// <summary>The health port alone, as quickly as can be: nothing else is read, checked or built.</summary>
    /// <exception cref="IngestionConfigurationException">A settings file cannot be read, or the port cannot be one.</exception>
    public static int HealthPort(IReadOnlyDictionary<string, string?> commandLine)
    {
        try
        {
            string environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Production;
            IConfigurationRoot configuration = new ConfigurationBuilder()
                .SetBasePath(ContentRoot())
                .AddJsonFile("appsettings.json", optional: true)
                .AddJsonFile($"appsettings.{environment}.json", optional: true)
                .AddEnvironmentVariables()
                .AddInMemoryCollection(commandLine)
                .Build();
            IReadOnlyList<string> errors = Settings.Check<HealthOptions>(configuration, HealthOptions.Section);
            return errors.Count == 0
                ? configuration.GetValue("Health:Port", new HealthOptions().Port)
                : throw new IngestionConfigurationException(errors);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new IngestionConfigurationException(Describe(e));
        }
    }

    private static string ContentRoot() =>
        Environment.GetEnvironmentVariable("DOTNET_CONTENTROOT") is { Length: > 0 } path ? Path.GetFullPath(path) : AppContext.BaseDirectory;

    private static string Describe(Exception exception)
    {
        if (exception is DirectoryNotFoundException)
            return $"DOTNET_CONTENTROOT is '{ContentRoot()}', which is not a folder that exists";

        // "Failed to load configuration from file '...'." > "Could not parse the JSON file." > where and why
        string file = exception.Message.Split('\'') is [_, string path, ..] ? path : exception.Message;
        for (Exception? inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is JsonException { LineNumber: { } line } json)
                return $"{file}, line {line + 1}, column {json.BytePositionInLine + 1}: not valid JSON: {json.Message.Split(" LineNumber:")[0].TrimEnd('.')}";
        }

        return $"{file}: {exception.GetBaseException().Message}";
    }
}
