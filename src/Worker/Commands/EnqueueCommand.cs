using Ingestion.Sources.RabbitMq;

namespace Worker.Commands;

/// <summary><c>enqueue</c>: puts IDs into the queue that workers with the source <c>RabbitMq</c> share.</summary>
internal static class EnqueueCommand
{
    private const int MaxIdsPerMessage = 5_000;

    private const string Notes = """
        Examples:
          ingestion-worker enqueue --ids 1-1000000 --declare
          ingestion-worker enqueue --ids 1-1000000 --ids-per-message 20
          ingestion-worker enqueue --ids 42 --urgent
          ingestion-worker enqueue --ids 1-1000000 --job 01a202c5-825d-78f6-ba15-53bff92277af --resume-after 417000
          ingestion-worker enqueue --resource products.json --id A-100 --id "B 7/2"

        ConnectionStrings:RabbitMq names the broker, and RabbitMq:Queue the queue; no database is needed. The broker confirms every message. All IDs of a call are one job:
        ingestion-worker status --run JOB shows its progress. When enqueue is interrupted, it prints the command that queues the rest. An ID that is queued twice is stored once.

        A message with several IDs is acknowledged when the last of them is done. With more IDs per message there are fewer messages, and more work to repeat after a crash.

        Exit codes: 0 all are in the queue · 3 stopped before the end · 64 the command line is wrong · 69 the broker was not available · 78 the configuration is wrong · 1 anything else

        """;

    public static (Command Command, string Notes) Create(Dictionary<string, string?> settings)
    {
        KeyOptions keys = new();
        Option<int> perMessage = new ParsedOption<int>("--ids-per-message", text => (int)SettingOption.WholeNumber(text, 1, MaxIdsPerMessage)) { Description = $"IDs per message, 1 to {MaxIdsPerMessage}.", HelpName = "number", DefaultValueFactory = _ => 1 };
        ParsedOption<Guid?> job = new("--job", text => Guid.TryParse(text, out Guid id) ? id : throw new FormatException($"'{text}' is not a UUID")) { Description = "UUID of the job that the IDs belong to. Default: a new one.", HelpName = "id" };
        Option<long> resumeAfter = new ParsedOption<long>("--resume-after", text => SettingOption.WholeNumber(text, 0, long.MaxValue)) { Description = "Skip the IDs up to and including this one: they are in the queue already.", HelpName = "id" };
        Option<bool> urgent = new("--urgent") { Description = "Put them ahead of all that waits: into the queue RabbitMq:Queue with .urgent behind it." };
        Option<bool> declare = Declare();
        Command command = new("enqueue", "Put IDs into the queue that workers with --source RabbitMq share.") { keys.Ids, keys.Id, perMessage, job, resumeAfter, urgent, declare, RunCommand.Resource() };
        command.SetAction((parsed, _) =>
        {
            if (parsed.GetValue(declare))
                settings["RabbitMq:Declare"] = "true";
            return EnqueueAsync(settings, kind =>
            {
                (IdRanges? ranges, IReadOnlyList<string>? texts) = keys.Read(parsed, kind);
                if (ranges is null && parsed.GetResult(resumeAfter) is { Implicit: false })
                    throw new CommandLineException("--resume-after is for integers; name the IDs that are left with --id");
                return new EnqueueRequest(ranges, parsed.GetValue(perMessage), parsed.GetValue(job) ?? Guid.CreateVersion7(), parsed.GetValue(resumeAfter)) { Texts = texts ?? [], IsUrgent = parsed.GetValue(urgent) };
            });
        });
        return (command, Notes);
    }

    public static Option<bool> Declare() => new("--declare") { Description = "Declare the queue, and those for urgent and for dead messages, if they do not exist." };

    private static async Task<int> EnqueueAsync(Dictionary<string, string?> settings, Func<ItemKind, EnqueueRequest> read)
    {
        using StopSignals signals = new();
        IHost host = WorkerHost.CreateEnqueue(settings);
        try
        {
            EnqueueRequest request = read(host.Services.GetRequiredService<ItemKind>());
            await host.StartAsync();
            TimeProvider time = host.Services.GetRequiredService<TimeProvider>();
            long startedAt = time.GetTimestamp();
            IEnqueuer enqueuer = host.Services.GetRequiredService<IEnqueuer>();
            Task enqueuing = enqueuer.EnqueueAsync(request, signals.First);
            await new EnqueueDisplay(enqueuer, request, time).ShowUntilAsync(enqueuing);
            try
            {
                await enqueuing;
            }
            catch (Exception e)
            {
                string command = CommandToGoOn(request, enqueuer.Progress, host.Services.GetRequiredService<IConfiguration>());
                string address = settings.ContainsKey(RabbitMqOptions.ConnectionStringKey) ? $", and {RabbitMqOptions.ConnectionStringKey} as before" : "";
                await Console.Error.WriteLineAsync($"ingestion-worker: stopped before the end; continue with{address}: {command}");
                if (e is OperationCanceledException && signals.First.IsCancellationRequested)
                    return ExitCodes.Stopped;
                throw;
            }

            TimeSpan elapsed = time.GetElapsedTime(startedAt);
            EnqueueProgress progress = enqueuer.Progress;
            await Console.Out.WriteLineAsync(
                $"job {request.Job}: {Quantity.Of(progress.Ids)} IDs in {Quantity.Of(progress.Messages)} messages, {Quantity.Of(elapsed)}, {Quantity.Of(progress.Messages / elapsed.TotalSeconds)} messages/s");
            return ExitCodes.Success;
        }
        finally
        {
            await host.Services.GetRequiredService<TelemetryFlush>().FlushAsync();
            await host.StopAsync();
            await WorkerHost.DisposeAsync(host);
        }
    }

    /// <summary>With the settings of the queue wherever they come from: a variable may have been set for this call alone.</summary>
    internal static string CommandToGoOn(EnqueueRequest request, EnqueueProgress progress, IConfiguration configuration)
    {
        IEnumerable<string> settings = ConfigurationRules.Read(configuration)
            .Except(ConfigurationRules.Read(new ConfigurationBuilder().Build()))
            .Where(setting => setting.Key.StartsWith(RabbitMqOptions.Section + ":", StringComparison.Ordinal))
            .Select(setting => setting.Key == "RabbitMq:Declare" ? " --declare" : $" --{setting.Key}={Quoted(setting.Value)}");
        string ids = request.Ids is { } ranges ? $"--ids {ranges}" : string.Join(' ', request.Texts.Skip((int)progress.Ids).Select(text => $"--id={Quoted(text)}"));
        string resume = request.Ids is null ? "" : string.Create(CultureInfo.InvariantCulture, $" --resume-after {Math.Max(progress.LastId, request.ResumeAfter)}");
        string resource = configuration["Resource:File"] is { Length: > 0 } file ? $" --resource {Quoted(file)}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"ingestion-worker enqueue {ids} --ids-per-message {request.IdsPerMessage} --job {request.Job}{resume}{(request.IsUrgent ? " --urgent" : "")}{string.Concat(settings)}{resource}");
    }

    // As a POSIX shell takes it. There is only one letter that single quotes do not protect.
    private static string Quoted(string value) =>
        value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or ':' or '-' or '/') ? value : $"'{value.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
