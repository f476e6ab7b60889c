using Microsoft.Extensions.Configuration;
using Worker.Hosting;

namespace Worker.Tests;

public sealed class LogSettingsTests
{
    [Theory]
    [InlineData("Logging:LogLevel:Default", "Warn", "Trace, Debug, Information, Warning, Error, Critical, None")]
    [InlineData("Logging:LogLevel:Default", "42", "Trace, Debug")]
    [InlineData("Logging:LogLevel:Default", "Debug,Information", "Trace, Debug")]
    [InlineData("Logging:LogLevel", "Debug", "Logging:LogLevel:Default")]
    [InlineData("Logging:Console:LogLevel", "Debug", "Logging:Console:LogLevel:Default")]
    [InlineData("Logging:Console:LogLevel:Default", "verbose", "Trace, Debug")]
    [InlineData("Logging:Console:LogToStandardErrorThreshold", "Warn", "Trace, Debug")]
    [InlineData("Logging:Console:FormatterName", "jsn", "simple, json, systemd")]
    [InlineData("Logging:Console:MaxQueueLength", "0", "a whole number from 1")]
    [InlineData("Logging:Console:QueueFullMode", "Drop", "Wait, DropWrite")]
    [InlineData("Logging:Console:FormatterOptions:SingleLine", "yes", "true or false")]
    [InlineData("Logging:Console:FormatterOptions:ColorBehavior", "Always", "Default, Enabled, Disabled")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "%", "a .NET format of date and time")]
    [InlineData("Logging:Console:FormatterOptions:JsonWriterOptions:Indented", "1", "true or false")]
    [InlineData("Logging:OpenTelemetry:IncludeScopes", "on", "true or false")]
    [InlineData("Logging:Console:FormaterName", "json", "did you mean Logging:Console:FormatterName?")]
    [InlineData("Logging:Console:TimestampFormat", "HH:mm", "did you mean Logging:Console:FormatterOptions:TimestampFormat?")]
    [InlineData("Logging:Consol:FormatterName", "json", "did you mean Logging:Console:FormatterName?")]
    [InlineData("Logging:Loglevels:Default", "Debug", "did you mean Logging:LogLevel:Default?")]
    [InlineData("Logging:Kibana", "x", "allowed below Logging are LogLevel")]
    public void What_the_framework_would_throw_at_or_ignore_is_named_with_what_is_allowed(string key, string value, string expected)
    {
        string error = Assert.Single(LogSettings.FindErrors(Configuration(key, value)));

        Assert.StartsWith($"{key} is ", error, StringComparison.Ordinal);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Logging:LogLevel:Default", " debug ")]
    [InlineData("Logging:LogLevel:Default", "3")]
    [InlineData("Logging:LogLevel:Microsoft.Extensions", "None")]
    [InlineData("Logging:LogLevel:Default", "")]
    [InlineData("Logging:Console:FormatterName", "JSON\n")]
    [InlineData("Logging:Console:FormatterOptions:TimestampFormat", "HH:mm:ss ")]
    [InlineData("Logging:Console:FormatterOptions:IncludeScopes", "TRUE")]
    [InlineData("Logging:EventLog:SourceName", "x")]
    [InlineData("Logging:Microsoft.Extensions.Logging.Console.ConsoleLoggerProvider:LogLevel:Default", "Debug")]
    [InlineData("Ingestion:Strategy", "Async")]
    public void What_is_allowed_is_no_error(string key, string value) => Assert.Empty(LogSettings.FindErrors(Configuration(key, value)));

    private static IConfiguration Configuration(string key, string value) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create(key, (string?)value)]).Build();
}
