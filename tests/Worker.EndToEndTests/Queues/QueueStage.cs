using System.Text;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using TestSupport.Processes;
using TestSupport.RabbitMq;
using UpstreamSimulator;
using Worker.EndToEndTests.Processes;

namespace Worker.EndToEndTests.Queues;

/// <summary>A stage with a queue of its own.</summary>
internal sealed partial class QueueStage : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static int _queues;

    private readonly string _uri;

    private QueueStage(Stage stage, RabbitMqBroker broker)
    {
        Stage = stage;
        _uri = broker.Uri;
        Broker = new BrokerClient(_uri);
    }

    public Stage Stage { get; }

    public BrokerClient Broker { get; }

    public string Queue { get; } = $"test.{Interlocked.Increment(ref _queues)}";

    public string DeadQueue => Queue + ".dead";

    /// <summary>Skips the test where there is no broker, with the reason.</summary>
    public static async Task<QueueStage> SetAsync(PostgresServer postgres, RabbitMqBroker broker, SimulatorOptions? options = null)
    {
        Assert.SkipWhen(broker.Missing is not null, broker.Missing ?? "");
        return new QueueStage(await Stage.SetAsync(postgres, options), broker);
    }

    /// <summary>Starts a worker on the queue that ends when it has been empty for a second.</summary>
    public WorkerProcess Work(string arguments = "", params (string Name, string? Value)[] environment) =>
        Start($"run --source RabbitMq {arguments}", [("RabbitMq__StopWhenIdle", "00:00:01"), .. environment]);

    public WorkerProcess Start(string arguments, params (string Name, string? Value)[] environment) =>
        Stage.Start(arguments, [("ConnectionStrings__RabbitMq", _uri), ("RabbitMq__Queue", Queue), .. environment]);

    public async Task<ProcessResult> RunAsync(string arguments, params (string Name, string? Value)[] environment)
    {
        await using WorkerProcess worker = Start(arguments, environment);
        return await worker.WaitForExitAsync(Patience);
    }

    /// <summary>Waits for the end of a worker, which is this exit code.</summary>
    public static async Task AssertEndsAsync(WorkerProcess worker, int exitCode = 0)
    {
        ProcessResult result = await worker.WaitForExitAsync(Patience);
        Assert.True(result.ExitCode == exitCode, $"exit code {result.ExitCode}: {result.StandardError}");
    }

    /// <summary>Declares and fills the queue, and returns the job.</summary>
    public async Task<Guid> EnqueueAsync(string arguments)
    {
        ProcessResult result = await RunAsync($"enqueue --declare {arguments}");
        Assert.True(result.ExitCode == 0, result.StandardError);
        return Guid.Parse(JobLine().Match(result.StandardOutput).Groups["job"].Value);
    }

    /// <summary>Every ID from 1 has one outcome, and nothing is left at the broker but this many dead messages.</summary>
    public async Task AssertDoneAsync(Guid job, int count, int dead = 0)
    {
        Assert.Equal($"{count} {count} 1 {count}", await Stage.QueryAsync<string>(
            $"SELECT concat_ws(' ', count(*), count(DISTINCT item_id), min(item_id), max(item_id)) FROM ingestion.outcomes WHERE run_id = '{job}'"));
        Assert.Empty(await Broker.TakeAllAsync(Queue));
        Assert.Equal(dead, (await Broker.TakeAllAsync(DeadQueue)).Count);
    }

    public static string Header(BasicGetResult message, string name) => message.BasicProperties.Headers![name] switch
    {
        byte[] text => Encoding.UTF8.GetString(text),
        var other => $"{other}",
    };

    public ValueTask DisposeAsync() => Stage.DisposeAsync();

    [GeneratedRegex("job (?<job>[0-9a-f-]{36}):", RegexOptions.NonBacktracking)]
    private static partial Regex JobLine();
}
