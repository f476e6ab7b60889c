using Ingestion;
using Microsoft.Extensions.Logging.Console;
using Worker.Live;
using Worker.Recording;

namespace Worker.Hosting;

/// <summary>Builds the host, with everything the command needs and nothing else. All settings are checked before anything starts.</summary>
internal static class WorkerHost
{
    /// <summary>Time for the last telemetry and the summary, after the items in flight had theirs.</summary>
    private static readonly TimeSpan TimeToFlush = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan TimeToDispose = TimeSpan.FromSeconds(2);

    /// <summary>For a command that only asks the library something, until it is done or a signal comes: no hosted services, no health endpoints, no telemetry.</summary>
    /// <param name="commandLine">The settings it makes.</param>
    /// <param name="ask">What to ask.</param>
    /// <param name="register">Registers what can be asked; null: everything.</param>
    public static async Task<int> AskAsync(
        IReadOnlyDictionary<string, string?> commandLine, Func<IServiceProvider, CancellationToken, Task<int>> ask, Action<IServiceCollection, IConfiguration>? register = null)
    {
        using StopSignals signals = new();
        using IHost host = BuildAndWarn(CreateBuilder(commandLine, isProgressBarShown: false, register));
        try
        {
            return await ask(host.Services, signals.First);
        }
        catch (OperationCanceledException) when (signals.First.IsCancellationRequested)
        {
            return ExitCodes.Stopped;
        }
    }

    /// <summary>For filling the queue: no database, no health endpoints, but spans that the items' traces link to.</summary>
    public static IHost CreateEnqueue(IReadOnlyDictionary<string, string?> commandLine)
    {
        HostApplicationBuilder builder = CreateBuilder(commandLine, isProgressBarShown: Terminal.IsInteractive, (services, configuration) => services.AddEnqueuer(configuration));
        builder.AddTelemetry();
        return BuildAndWarn(builder);
    }

    /// <summary>For a run over what <c>Ingestion:Source</c> names, or over the dead letters that <paramref name="redrive"/> selects.</summary>
    public static IHost CreateRun(IReadOnlyDictionary<string, string?> commandLine, RunFiles files, DeadLetterFilter? redrive, bool isLive = false)
    {
        HostApplicationBuilder builder = CreateBuilder(commandLine, isProgressBarShown: Terminal.IsInteractive);
        if (redrive is not null)
            builder.Services.AddRedrive(redrive);
        if (files.NeedRecording)
            builder.Services.AddRecording();
        builder.Services
            .AddSingleton<StopSignals>().AddSingleton<IHostLifetime, StopSignals.Lifetime>().AddSingleton<WorkerOutcome>()
            .AddSingleton<LostLines>().AddSingleton(_ => Terminal.Output()).AddSingleton(files).AddSingleton<RunOutput>().AddSingleton<IProgressDisplay, RunDisplay>();
        builder.Services.AddOptions<HostOptions>().Configure<IOptions<IngestionOptions>>(
            (host, ingestion) => host.ShutdownTimeout = ingestion.Value.ShutdownTimeout + TimeToFlush);
        builder.AddTelemetry();

        if (isLive)
            builder.Services.PostConfigure<LiveOptions>(live => live.Port ??= 0);
        AskedSettings asked = new();
        builder.Configuration.Sources.Add(asked);
        builder.Services.AddSingleton(asked);
        builder.Services.AddSingleton(new BrowserWish(isLive)).AddSingleton<LiveControl>().AddSingleton<LiveFrames>().AddSingleton<LiveViewers>();

        // In this order: probes are answered, the page is there, and a report can be asked for, before the worker starts and until it has stopped.
        builder.Services.AddHostedService<ConfigurationWatcher>().AddHostedService<HealthServer>().AddHostedService<LiveServer>().AddHostedService<FlightRecorder>().AddHostedService<IngestionWorker>();
        IHost host = builder.Build();
        host.Services.GetRequiredService<LostLines>();
        return host;
    }

    /// <summary>
    /// Disposes the host, but does not wait for long: with a collector that hangs, each of the SDK's providers would block for many seconds,
    /// and all there was to say has been flushed before.
    /// </summary>
    public static async Task DisposeAsync(IHost host)
    {
        Task disposed = Task.Factory.StartNew(host.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await disposed.WaitAsync(TimeToDispose, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static IHost BuildAndWarn(HostApplicationBuilder builder)
    {
        IHost host = builder.Build();
        UnknownKeys.Warn(host.Services);
        return host;
    }

    private static HostApplicationBuilder CreateBuilder(IReadOnlyDictionary<string, string?> commandLine, bool isProgressBarShown, Action<IServiceCollection, IConfiguration>? register = null)
    {
        HostApplicationBuilder builder = WorkerConfiguration.CreateHostBuilder(commandLine);
        builder.Logging.ClearProviders().AddConsole();
        builder.Services.AddSingleton<ILoggerFactory, RepetitionFilter>();
        builder.Services.PostConfigure<ConsoleLoggerOptions>(console => console.FormatterName = console.FormatterName?.Trim());

        // What the host would log about its own failure comes out as one line and an exit code.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        if (isProgressBarShown)
            builder.Logging.AddFilter<ConsoleLoggerProvider>(level => level >= LogLevel.Warning);
        if (Register(builder, register) is { Count: > 0 } errors)
            throw new IngestionConfigurationException(errors);
        builder.Services.AddSettings<HealthOptions>(builder.Configuration, HealthOptions.Section).AddSettings<LiveOptions>(builder.Configuration, LiveOptions.Section)
            .AddSettings<RecordingOptions>(builder.Configuration, RecordingOptions.Section);
        return builder;
    }

    /// <summary>Registers what can be asked, everything unless <paramref name="register"/> says otherwise, and returns what is wrong with the configuration.</summary>
    public static IReadOnlyList<string> Register(HostApplicationBuilder builder, Action<IServiceCollection, IConfiguration>? register = null)
    {
        IConfiguration configuration = builder.Configuration;
        List<string> errors = [.. Settings.Check<HealthOptions>(configuration, HealthOptions.Section), .. Settings.Check<LiveOptions>(configuration, LiveOptions.Section), .. Settings.Check<RecordingOptions>(configuration, RecordingOptions.Section), .. OpenTelemetryVariables.FindErrors(configuration), .. LogSettings.FindErrors(configuration)];
        try
        {
            (register ?? ((services, settings) => services.AddIngestion(settings)))(builder.Services, configuration);
        }
        catch (IngestionConfigurationException e)
        {
            errors.InsertRange(0, e.Errors);
        }

        return errors;
    }
}
