using Ingestion.Records;
using Ingestion.Storage.Postgres;
using Ingestion.Upstream;

namespace Ingestion.Runs.Previewing;

/// <summary>Shows what a run would make of single items, by the code of a run but without its gate. Stores nothing.</summary>
public sealed class RecordPreview
{
    private const int ShownOfAnswer = 500;

    private readonly UpstreamClient _client;
    private readonly UpstreamOptions _upstream;
    private readonly bool _hasToken;
    private readonly RecordTransformer _transformer;
    private readonly TimeProvider _time;
    private readonly PostgresColumnValues? _columns;

    // After its first problem the database is not asked again.
    private string? _whyNoColumns;

    internal RecordPreview(
        UpstreamClient client, IOptions<UpstreamOptions> upstream, IOptions<OAuthOptions> access, RecordTransformer transformer, TimeProvider time, PostgresColumnValues? columns, string? whyNoColumns)
    {
        (_client, _upstream, _hasToken) = (client, upstream.Value, access.Value.TokenUrl is not null);
        (_transformer, _time, _columns, _whyNoColumns) = (transformer, time, columns, whyNoColumns);
    }

    /// <summary>Fetches an item once, checks it and makes its columns. What goes wrong is in the result.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public async Task<PreviewedItem> FetchAsync(ItemKey key, CancellationToken cancellationToken)
    {
        FetchRequest request = new(key, _upstream.ItemTimeout);
        long startedAt = _time.GetTimestamp();
        FetchResult answer = await _client.FetchAsync(request, cancellationToken);
        using BodyShare? share = answer.Share;
        PreviewedItem item = new(key, Describe(_client.Address.Of(request)), _time.GetElapsedTime(startedAt)) { StatusCode = answer.StatusCode };
        if (answer.Failure is { } failure)
            return item with { IsUnanswered = failure.IsSilence, Problems = [Describe(failure)] };
        if (answer.IsMissing)
            return item with { Problems = [$"there is none with this ID: HTTP {answer.StatusCode} is what Resource:NotFound says of it"] };

        (ReadOnlyMemory<byte> record, IReadOnlyList<string> problems) = _transformer.Examine(key, answer.Body);
        item = item with { Bytes = answer.Body.Length, Record = record, Problems = problems };
        if (record.IsEmpty)
            return item with { Problems = [.. problems, "the answer begins with " + Excerpt.Of(Encoding.UTF8.GetString(answer.Body.Span[..Math.Min(answer.Body.Length, ShownOfAnswer)]))] };

        try
        {
            return _whyNoColumns is null ? item with { Columns = await _columns!.MakeAsync(record, cancellationToken) } : item with { WhyNoColumns = _whyNoColumns };
        }
        catch (Exception exception) when (exception is IngestionConfigurationException or IngestionUnavailableException)
        {
            return item with { WhyNoColumns = _whyNoColumns = exception.Message };
        }
    }

    private static string Describe(FetchFailure failure)
    {
        string reason = failure.Advice is { } advice ? $"{failure.Reason}. {advice}" : failure.Reason;
        return Recoverability.IsTransient(failure) ? reason + " (a run would try again)" : reason;
    }

    private string Describe(Uri address)
    {
        if (_upstream.Query.Count > 0)
            address = AccessHandler.WithQuery(address, _upstream.Query, mask: "***");
        IEnumerable<string> headers = _upstream.Headers.Keys.Concat(_hasToken ? ["Authorization"] : []).Select(name => $", {name}: ***");
        return $"GET {address.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped)}{string.Concat(headers)}";
    }
}
