using System.Globalization;
using System.Text.RegularExpressions;
using TestSupport.Processes;
using TestSupport.RabbitMq;

namespace Chaos.Scenarios;

/// <summary>The part of the soak with a queue: a worker on it, a job every ten seconds, and a broker that is shut down and started again every three minutes.</summary>
internal sealed partial class SoakQueue : IAsyncDisposable
{
    public const int Degree = 8;

    /// <summary>It has 20 items a second to do, so it takes longer than a tenth of the time until it has met everything once.</summary>
    public const int WarmUpMiB = 8;

    private const int Ids = 200;
    private const string Name = "chaos";

    private readonly Arena _arena;
    private readonly RabbitMqBroker _broker;
    private readonly (string Name, string? Value)[] _settings;
    private readonly List<WorkerProcess> _jobs = [];
    private int _restarts;

    private SoakQueue(Arena arena, RabbitMqBroker broker)
    {
        (_arena, _broker) = (arena, broker);
        _settings = [.. Settings.ForFaults, ("ConnectionStrings__RabbitMq", broker.Uri), ("RabbitMq__Queue", Name)];
        Worker = arena.StartWorker(string.Create(CultureInfo.InvariantCulture, $"--source RabbitMq --dop {Degree}"), [.. _settings, ("Storage__KeepRuns", "00:01:00")]);
    }

    public WorkerProcess Worker { get; }

    public static async Task<SoakQueue> OpenAsync(Arena arena)
    {
        var broker = new RabbitMqBroker();
        await broker.InitializeAsync();
        if (broker.Missing is not null)
            throw new ChaosException(broker.Missing);

        return new SoakQueue(arena, broker);
    }

    public async Task TickAsync(int second)
    {
        if (second % 10 == 5)
            _jobs.Add(_arena.StartCommand(string.Create(CultureInfo.InvariantCulture, $"enqueue --ids 1-{Ids} --declare"), _settings));
        if (second % 180 == 179)
        {
            await _broker.StopAsync();
            await _broker.StartAsync();
            _restarts++;
        }
    }

    /// <summary>Ends the worker when the queue is empty, and looks at the last job: those before it may be history that was removed.</summary>
    public async Task CheckAsync()
    {
        List<ProcessResult> sent = [];
        foreach (WorkerProcess job in _jobs)
            sent.Add(await job.WaitForExitAsync(Arena.Patience));
        var client = new BrokerClient(_broker.Uri);
        await client.WaitForCountAsync(Name, 0, Arena.Patience);
        (ProcessResult result, _) = await _arena.EndAsync(Worker, Signal.Terminate);

        _arena.Checks.Expect(sent.TrueForAll(job => job.ExitCode == 0), "every job is put into the queue", string.Create(CultureInfo.InvariantCulture, $"{sent.Count} jobs, {_restarts} restarts of the broker"));
        _arena.Checks.Expect(result.ExitCode == 0, "the worker on the queue lives until the signal, exit code 0", $"exit code {result.ExitCode}");
        string last = Job().Match(sent[^1].StandardOutput).Groups["id"].Value;
        long[] stored = await _arena.NumbersAsync($"SELECT count(*), count(DISTINCT item_id) FROM ingestion.outcomes WHERE run_id = '{last}'");
        _arena.Checks.Expect(stored is [Ids, Ids], "the last job has one outcome for each ID", string.Create(CultureInfo.InvariantCulture, $"{stored[0]} for {stored[1]} of {Ids}"));
    }

    public async ValueTask DisposeAsync() => await _broker.DisposeAsync();

    [GeneratedRegex("^job (?<id>[0-9a-f-]{36}):", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex Job();
}
