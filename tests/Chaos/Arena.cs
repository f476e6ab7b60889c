using System.Globalization;
using Chaos.Scenarios;
using Npgsql;
using TestSupport.Postgres;
using TestSupport.Processes;
using TestSupport.Upstream;
using UpstreamSimulator;

namespace Chaos;

/// <summary>Everything of one scenario: a database server and an upstream of its own, the workers it starts, their logs, its chance.</summary>
internal sealed class Arena(Plan plan, Scenario scenario, Checks checks) : IAsyncDisposable
{
    /// <summary>How long anything that should happen may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly long _startedAt = TimeProvider.System.GetTimestamp();
    private readonly DirectoryInfo _logs = Emptied(Path.Combine(plan.Logs, $"{scenario.Title.Replace('/', '-')}-{plan.Seed}"));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ingestion-chaos-");
    private readonly List<WorkerProcess> _workers = [];
    private readonly Lock _lock = new();
    private bool _areLogsKept;

    public Plan Plan => plan;

    public bool IsLong => plan.IsLong;

    public KeyKind Keys => scenario.Keys;

    public Checks Checks => checks;

    /// <summary>Chance; the title is part of the seed, so that a scenario does the same alone as among others.</summary>
    public Random Random { get; } = new(plan.Seed ^ scenario.Title.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)));

    public PostgresCluster Postgres { get; } = new();

    public Simulator Upstream { get; private set; } = null!;

    /// <summary>Connects to the scenario's database; a scenario that moves it to another server says so here.</summary>
    public string Database { get; set; } = "";

    public async Task SetUpAsync()
    {
        Upstream = await Simulator.StartAsync();
        await Postgres.InitializeAsync();
        if (Postgres.IsExternal)
            throw new ChaosException($"{PostgresCluster.ServerVariable} is set; the server has to be a private one, because it is killed");

        Database = await Postgres.CreateDatabaseAsync();
    }

    /// <summary>The arguments for a run over the first records.</summary>
    public string ArgumentsFor(int ids) => Keys.ArgumentsFor($"1-{ids}", _folder.FullName);

    /// <summary>Makes a folder that lasts as long as the scenario.</summary>
    public string NewFolder(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>Starts a worker.</summary>
    /// <param name="arguments">Its command line, behind <c>run</c>.</param>
    /// <param name="settings">Further environment variables.</param>
    public WorkerProcess StartWorker(string arguments, params (string Name, string? Value)[] settings) => StartCommand($"run {arguments}", settings);

    /// <summary>Starts a command of the worker.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <param name="settings">Further environment variables.</param>
    public WorkerProcess StartCommand(string arguments, params (string Name, string? Value)[] settings)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["ConnectionStrings__Postgres"] = Database,
            ["Upstream__BaseAddress"] = Upstream.BaseAddress.ToString(),
            ["Health__Port"] = "0",
        };
        foreach ((string name, string? value) in (IEnumerable<(string, string?)>)[.. Keys.Settings, .. settings])
            environment[name] = value;

        WorkerProcess worker = WorkerProcess.Start(arguments.Split(' '), environment);
        _workers.Add(worker);
        Note($"worker {_workers.Count} started, pid {worker.Id}: {arguments}");
        return worker;
    }

    /// <summary>Sends a signal to a worker, waits for its end and keeps what it wrote.</summary>
    /// <returns>How it ended, and how long that took.</returns>
    public async Task<(ProcessResult Result, TimeSpan Took)> EndAsync(WorkerProcess worker, Signal signal)
    {
        long sentAt = TimeProvider.System.GetTimestamp();
        worker.Send(signal);
        Note($"{signal} sent to pid {worker.Id} after {Upstream.Statistics.TotalRequests} requests");
        return (await WaitForEndAsync(worker), TimeProvider.System.GetElapsedTime(sentAt));
    }

    public async Task<ProcessResult> WaitForEndAsync(WorkerProcess worker, TimeSpan? patience = null)
    {
        ProcessResult result = await worker.WaitForExitAsync(patience ?? Patience);
        Note($"pid {worker.Id} ended with exit code {result.ExitCode}");
        return result;
    }

    /// <summary>Waits until the upstream has had so many requests; the worker has to live that long.</summary>
    public async Task WaitForRequestsAsync(WorkerProcess worker, long count)
    {
        Task reached = Upstream.Statistics.WaitUntilAsync(statistics => statistics.TotalRequests >= count);
        await WaitForAsync(worker, reached, $"request {count}");
    }

    /// <summary>Waits for something that a living worker brings about.</summary>
    public static async Task WaitForAsync(WorkerProcess worker, Task happened, string what)
    {
        Task<ProcessResult> ended = worker.WaitForExitAsync(Patience);
        if (await Task.WhenAny(happened, ended) == happened)
        {
            await happened;
            return;
        }

        int code;
        try
        {
            code = (await ended).ExitCode;
        }
        catch (TimeoutException)
        {
            throw new ChaosException($"pid {worker.Id} is alive, but within {Patience.TotalSeconds:0} s this did not happen: {what}");
        }

        throw new ChaosException($"pid {worker.Id} ended by itself with exit code {code} before this happened: {what}");
    }

    /// <summary>Waits for a random time.</summary>
    public Task IdleAsync(TimeSpan most) => Task.Delay(most * Random.NextDouble(), TimeProvider.System);

    /// <summary>
    /// Moments spread over a run, one in each of as many equal parts of it: numbers of requests. The last tenth of the run is left to the process that finishes it.
    /// </summary>
    public long[] Moments(int count, int ids)
    {
        double part = 0.9 * ids / count;
        return [.. Enumerable.Range(0, count).Select(index => 1 + (long)((index + Random.NextDouble()) * part))];
    }

    /// <summary>Runs a query on a connection of its own: the pool's may belong to a server that was killed. Its $1 are the keys.</summary>
    public async Task<T> QueryAsync<T>(string sql, Func<NpgsqlDataReader, Task<T>> read, string[]? keys = null)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database) { Pooling = false, CommandTimeout = 300 }.ConnectionString);
        await connection.OpenAsync();
        await using NpgsqlCommand command = connection.CreateCommand();
        command.CommandText = sql;
        if (keys is not null)
            command.Parameters.Add(new NpgsqlParameter { Value = keys });
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync();
        return await read(reader);
    }

    /// <summary>The numbers in the only row of a query.</summary>
    public Task<long[]> NumbersAsync(string sql) => QueryAsync(sql, async reader =>
    {
        await reader.ReadAsync();
        return Enumerable.Range(0, reader.FieldCount).Select(reader.GetInt64).ToArray();
    });

    /// <summary>Runs a command on a connection of its own.</summary>
    public Task ExecuteAsync(string sql) => QueryAsync(sql, reader => reader.ReadAsync());

    /// <summary>Writes a line into the log of the scenario.</summary>
    public void Note(string line)
    {
        lock (_lock)
        {
            File.AppendAllText(Path.Combine(_logs.FullName, "scenario.log"), string.Create(CultureInfo.InvariantCulture,
                $"{TimeProvider.System.GetElapsedTime(_startedAt).TotalSeconds,9:0.000}  {line}\n"));
        }
    }

    /// <summary>Keeps the logs for whoever wants to know why.</summary>
    /// <returns>Their folder.</returns>
    public string KeepLogs()
    {
        _areLogsKept = true;
        return _logs.FullName;
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < _workers.Count; i++)
        {
            if (_areLogsKept)
                await File.WriteAllLinesAsync(Path.Combine(_logs.FullName, $"worker-{i + 1:000}.log"), [.. _workers[i].StandardOutput, .. _workers[i].StandardError]);
            await _workers[i].DisposeAsync();
        }

        await Postgres.DisposeAsync();
        if (Upstream is not null)
            await Upstream.DisposeAsync();
        _folder.Delete(recursive: true);
        if (!_areLogsKept)
            _logs.Delete(recursive: true);
    }

    private static DirectoryInfo Emptied(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path);
    }
}
