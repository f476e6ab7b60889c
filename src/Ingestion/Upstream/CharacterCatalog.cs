using System.Text.Json;
using Ingestion.Characters;
using Ingestion.Configuration;
using Ingestion.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ingestion.Upstream;

/// <summary>Asks the upstream how many characters it has, as patiently as a run would fetch them.</summary>
internal sealed class CharacterCatalog(
    UpstreamClient client, IUpstreamGate gate, IOptions<UpstreamOptions> options, TimeProvider time, ILogger<CharacterCatalog> logger) : ICharacterCatalog
{
    // A page has 20 records; the limit for one record may be smaller.
    private const int MinPageBytes = 1_048_576;

    /// <exception cref="IngestionConfigurationException">There is an answer, but not such an API's.</exception>
    public async Task<int> CountAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            FetchResult result = await FetchAsync(cancellationToken);
            using BodyShare? share = result.Share;
            if (result.Failure is null)
                return ReadCount(result.Body) ?? throw NotTheApi("the answer has no info.count");

            RecoverabilityAction action = Recoverability.Decide(result.Failure, attempt, int.MaxValue, isTimeUp: false, isProbe: false, Random.Shared.NextDouble());
            if (!action.IsRetry)
                throw NotTheApi(result.Failure.Reason);

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
            gate.ReportFailure(pass, result.Failure);
        return result;
    }

    private IngestionConfigurationException NotTheApi(string reason) => new(
        $"Upstream:BaseAddress '{FetchFailures.Display(options.Value.BaseAddress)}' is not the root of the API, {FetchFailures.Display(client.Address.Catalog)}"
        + $" did not tell how many characters there are: {reason}; expected is an address such as {new UpstreamOptions().BaseAddress}");

    /// <summary>The number of characters that a page tells; null when it tells none. Never throws.</summary>
    internal static int? ReadCount(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument page = JsonDocument.Parse(UnstorableEscapes.Replace(body, out _));
            return page.RootElement.ValueKind == JsonValueKind.Object
                && page.RootElement.TryGetProperty("info", out JsonElement about) && about.ValueKind == JsonValueKind.Object
                && about.TryGetProperty("count", out JsonElement count) && count.ValueKind == JsonValueKind.Number
                && count.TryGetInt32(out int number) && number >= 0 ? number : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
