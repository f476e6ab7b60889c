using System.Collections.Concurrent;
using System.Text;
using Ingestion.Tests.Records;
using Ingestion.Upstream;

namespace Ingestion.Tests.Runs;

/// <summary>Answers each request as a test says, and remembers what it was asked.</summary>
internal sealed class ScriptedUpstream(Func<ScriptedUpstream, int, CancellationToken, Task<FetchResult>> answer) : IUpstream
{
    private int _inFlight;

    /// <summary>Answers at once.</summary>
    /// <param name="answer">Takes the ID and how many requests for it there were, this one included.</param>
    public ScriptedUpstream(Func<int, int, FetchResult> answer)
        : this((upstream, id, _) => Task.FromResult(answer(id, upstream.Requests.Count(request => request.Id == id))))
    {
    }

    /// <summary>In the order they came.</summary>
    public ConcurrentQueue<(int Id, TimeSpan TimeLeft)> Requests { get; } = [];

    /// <summary>The requests that were conditional, in the order they came.</summary>
    public ConcurrentQueue<(int Id, string EntityTag)> Conditional { get; } = [];

    public int InFlight => Volatile.Read(ref _inFlight);

    public static FetchResult Found(int id) => FetchResult.Found(CharacterJson.With(character => character["id"] = id));

    public static FetchResult Failed(FetchFailureKind kind, int? status = null, TimeSpan? retryAfter = null) =>
        FetchResult.Failed(new FetchFailure(kind, $"some {kind}", retryAfter, status));

    public FetchResult Fetch(FetchRequest request, CancellationToken abort) => AnswerAsync(request, abort).GetAwaiter().GetResult();

    public ValueTask<FetchResult> FetchAsync(FetchRequest request, CancellationToken abort) => new(AnswerAsync(request, abort));

    /// <summary>What answers a request for several; by default nothing is asked for so.</summary>
    public Func<IReadOnlyList<int>, FetchResult>? Several { get; init; }

    /// <summary>The requests for several, in the order they came.</summary>
    public ConcurrentQueue<IReadOnlyList<int>> SeveralRequests { get; } = [];

    /// <summary>An array of these records.</summary>
    public static FetchResult FoundAll(IEnumerable<int> ids) => FetchResult.Found(Encoding.UTF8.GetBytes($"[{string.Join(", ", ids.Select(id => Encoding.UTF8.GetString(Found(id).Body.Span)))}]"));

    private async Task<FetchResult> AnswerAsync(FetchRequest request, CancellationToken abort)
    {
        if (request.Several is { } keys)
        {
            int[] ids = [.. keys.Select(key => (int)key.Number)];
            SeveralRequests.Enqueue(ids);
            return Several!(ids);
        }

        int id = (int)request.Key.Number;
        if (request.EntityTag is { } entityTag)
            Conditional.Enqueue((id, entityTag));
        Interlocked.Increment(ref _inFlight);
        Requests.Enqueue((id, request.TimeLeft));
        try
        {
            return await answer(this, id, abort);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
