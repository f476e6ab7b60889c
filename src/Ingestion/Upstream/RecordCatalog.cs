using Ingestion.Configuration;
using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Telemetry;

namespace Ingestion.Upstream;

/// <summary>Asks the upstream how many records it has, as patiently as a run would fetch them.</summary>
internal sealed class RecordCatalog(
    UpstreamClient client, Resource resource, IUpstreamGate gate, IOptions<UpstreamOptions> options, TimeProvider time, ILogger<RecordCatalog> logger) : ICatalog
{
    // A page has 20 records; the limit for one record may be smaller.
    private const int MinPageBytes = 1_048_576;

    /// <exception cref="IngestionConfigurationException">There is an answer, but not such an API's.</exception>
    /// <exception cref="IngestionUnavailableException">There has not been an answer for as long as is waited for one.</exception>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> way = resource.Catalog?.Count ?? throw new IngestionConfigurationException($"{ResourceOptions.Section}:Catalog has no Path and no Count, but the source Catalog needs them");
        for (int attempt = 1; ; attempt++)
        {
            FetchResult result = await FetchAsync(cancellationToken);
            using BodyShare? share = result.Share;
            if (result.Failure is null)
                return ReadCount(result.Body, way) ?? throw NotTheApi($"the answer has no {string.Join('.', way)}");
            if (gate.Problem is { } problem)
                throw new IngestionUnavailableException(problem);

            if (IsClientRefused(result.Failure))
            {
                await Task.Delay(Recoverability.BackOff(attempt, Random.Shared.NextDouble()), time, cancellationToken);
                continue; // The gate has said it, and lets nobody through too soon.
            }

            RecoverabilityAction action = Recoverability.Decide(result.Failure, attempt, int.MaxValue, isTimeUp: false, isProbe: false, Random.Shared.NextDouble());
            if (!action.IsRetry)
                throw NotTheApi(result.Failure.Advice is { } advice ? $"{result.Failure.Reason}. {advice}" : result.Failure.Reason);

            logger.CatalogUnavailable(result.Failure.Reason, action.Delay);
            await Task.Delay(action.Delay, time, cancellationToken);
        }
    }

    private async Task<FetchResult> FetchAsync(CancellationToken cancellationToken)
    {
        GatePass pass = await gate.EnterAsync(cancellationToken);
        FetchResult result;
        try
        {
            result = await client.FetchCatalogAsync(Math.Max(options.Value.MaxResponseBytes, MinPageBytes), cancellationToken);
        }
        catch
        {
            gate.ReportAborted(pass);
            throw;
        }

        if (result.Failure is null)
            gate.ReportSuccess(pass);
        else
            gate.ReportFailure(pass, result.Failure with { IsAboutClient = IsClientRefused(result.Failure) });
        return result;
    }

    // There is no item that it could be about.
    private static bool IsClientRefused(FetchFailure failure) => failure.StatusCode is 401 or 403 or 407 or 451;

    private IngestionConfigurationException NotTheApi(string reason) => new(
        $"Upstream:BaseAddress '{FetchFailures.Display(options.Value.BaseAddress)}' is not the root of the API, {FetchFailures.Display(client.Address.Catalog)}"
        + $" did not tell how many records there are: {reason}; expected is an address such as {new UpstreamOptions().BaseAddress}");

    /// <summary>The number of records that a page tells; null when it tells none. Never throws.</summary>
    internal static int? ReadCount(ReadOnlyMemory<byte> body, IReadOnlyList<string> way)
    {
        try
        {
            using JsonDocument page = JsonDocument.Parse(UnstorableEscapes.Replace(body, out _));
            JsonElement found = page.RootElement;
            foreach (string name in way)
            {
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found))
                    return null;
            }

            return found.ValueKind == JsonValueKind.Number && found.TryGetInt32(out int number) && number >= 0 ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
