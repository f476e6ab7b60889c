using System.Net;

namespace Worker.Hosting;

internal static partial class Log
{
    [LoggerMessage(EventId = 100, Level = LogLevel.Information, Message = "The next run starts in {Pause}")]
    public static partial void NextRun(ILogger logger, TimeSpan pause);

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "Stopped and aborted items in flight; the next run does them again")]
    public static partial void GaveUp(ILogger logger);

    [LoggerMessage(EventId = 110, Level = LogLevel.Information, Message = "Stopping: items in flight may finish within {ShutdownTimeout}; a second signal aborts them")]
    public static partial void Stopping(ILogger logger, TimeSpan shutdownTimeout);

    [LoggerMessage(EventId = 102, Level = LogLevel.Critical, Message = "The worker failed: {Reason}")]
    public static partial void Failed(ILogger logger, string reason);

    [LoggerMessage(EventId = 103, Level = LogLevel.Debug, Message = "Where the failure came from")]
    public static partial void FailedBecause(ILogger logger, Exception exception);

    [LoggerMessage(EventId = 104, Level = LogLevel.Warning, Message = "Telemetry is lost: {Signal} for the collector at {Address}: {Reason}")]
    public static partial void NotSent(ILogger logger, string signal, string address, string reason);

    [LoggerMessage(EventId = 105, Level = LogLevel.Information, Message = "{Key} is now {Value}; it was {Before}")]
    public static partial void SettingChanged(ILogger logger, string key, string value, string before);

    [LoggerMessage(EventId = 106, Level = LogLevel.Warning, Message = "{Key} was changed from {Before} to {Value}, but is read at start only: restart the worker to use the new value")]
    public static partial void SettingNeedsRestart(ILogger logger, string key, string before, string value);

    [LoggerMessage(EventId = 107, Level = LogLevel.Warning, Message = "{Key} was changed (its value is not shown), but is read at start only: restart the worker to use the new value")]
    public static partial void SecretNeedsRestart(ILogger logger, string key);

    [LoggerMessage(EventId = 108, Level = LogLevel.Information, Message = "{Key} is {Value} again, the value in force; no restart is needed for it")]
    public static partial void SettingIsBack(ILogger logger, string key, string value);

    [LoggerMessage(EventId = 112, Level = LogLevel.Information, Message = "The collector at {Address} does not take {Signal} ({Reason}); this process does not send them again")]
    public static partial void NotTaken(ILogger logger, string address, string signal, string reason);

    [LoggerMessage(EventId = 113, Level = LogLevel.Warning, Message = "{Key} is set, but is not a setting; did you mean {Known}?")]
    public static partial void NearMiss(ILogger logger, string key, string known);

    [LoggerMessage(EventId = 114, Level = LogLevel.Information, Message = "Watch it live: {Address}")]
    public static partial void LivePage(ILogger logger, Uri address);

    [LoggerMessage(EventId = 115, Level = LogLevel.Warning, Message = "{Lines} lines of the output were dropped: nobody read them")]
    public static partial void LinesLost(ILogger logger, long lines);

    [LoggerMessage(EventId = 116, Level = LogLevel.Warning, Message = "{Times} more of these, the latest: {Latest}")]
    public static partial void Repeated(ILogger logger, long times, string latest);

    [LoggerMessage(EventId = 117, Level = LogLevel.Information, Message = "Asked through the live page by {Address}: {Change}")]
    public static partial void Asked(ILogger logger, IPAddress? address, string change);

    [LoggerMessage(EventId = 118, Level = LogLevel.Information, Message = "The latest attempts are in {File}, because {Why}")]
    public static partial void Recorded(ILogger logger, string file, string why);

    [LoggerMessage(EventId = 119, Level = LogLevel.Warning, Message = "The latest attempts cannot be written: {Problem}. Recording:Folder has to name a folder that is there, with room in it, where the worker may write; the run goes on")]
    public static partial void NotRecorded(ILogger logger, string problem);

    [LoggerMessage(EventId = 120, Level = LogLevel.Information, Message = "SIGUSR1 asks for a report of the latest attempts, but there is no folder for it: set Recording:Folder and start the worker again")]
    public static partial void NoRecordingFolder(ILogger logger);

    [LoggerMessage(EventId = 121, Level = LogLevel.Information, Message = "SIGUSR1 asks for a report of the latest attempts, but the last one is less than a minute old: ask again later")]
    public static partial void RecordedLately(ILogger logger);

    [LoggerMessage(EventId = 109, Level = LogLevel.Error, Message = "The changed configuration is not used: {Error}. The values in force stay")]
    public static partial void ReloadRefused(ILogger logger, string error);
}
