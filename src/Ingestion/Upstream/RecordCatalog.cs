using Ingestion.Records;

namespace Ingestion.Upstream;

/// <summary>Asks the upstream for the pages of its list of all records, as patiently as a run fetches records, and through the same gate.</summary>
internal sealed class RecordCatalog(
    UpstreamClient client, Resource resource, IUpstreamGate gate, IOptions<UpstreamOptions> options, TimeProvider time, ILogger<RecordCatalog> logger) : ICatalog
{
    // A page has many records; the limit for one may be smaller.
    internal const int MinPageBytes = 1_048_576;

    // A page that fails alone ends the run, and not only an item: with the back-off that is after about half a minute.
    private const int LeastAttempts = 10;

    public async Task<CatalogPage> FetchAsync(Uri? address, CancellationToken cancellationToken)
    {
        ResourceCatalog catalog = resource.Catalog ?? throw new IngestionConfigurationException($"{ResourceOptions.Section}:Catalog has no Path, but the source Catalog needs it");
        // As long as nothing has been answered there is nothing to lose.
        int maxAttempts = address is null ? int.MaxValue : Math.Max(LeastAttempts, options.Value.MaxAttempts);
        Uri page = address ?? client.Address.Catalog();
        for (int counted = 1; ;)
        {
            GatePass pass = await gate.EnterAsync(cancellationToken) with { Canary = null }; // A page says as much.
            FetchResult result = await FetchAsync(page, pass, cancellationToken);
            using BodyShare? share = result.Share;
            if (result.IsMissing)
                throw NoPage(page, "is not there: HTTP 404 or the like");
            if (result.Failure is null)
                return Read(result.Body, page, catalog, isFirst: address is null);
            if (gate.Problem is { } problem)
                throw new IngestionUnavailableException(problem);

            // The gate has said that the client is refused, and lets nobody through too soon.
            RecoverabilityAction action = IsClientRefused(result.Failure)
                ? Recoverability.Postpone(result.Failure, counted, Random.Shared.NextDouble())
                : Recoverability.Decide(result.Failure, counted, maxAttempts, isTimeUp: false, pass.IsProbe, Random.Shared.NextDouble());
            if (!action.IsRetry && Recoverability.IsTransient(result.Failure))
                throw new IngestionUnavailableException($"the page {FetchFailures.Display(page)} of {ResourceOptions.Section}:Catalog failed {counted} times, at last with: {result.Failure.Reason}; what was listed before is done, and a later start goes on");
            if (!action.IsRetry)
                throw NoPage(page, $"cannot be fetched: {result.Failure.Reason}{(result.Failure.Advice is { } advice ? $". {advice}" : "")}");

            if (!IsClientRefused(result.Failure))
                logger.CatalogUnavailable(result.Failure.Reason, action.Delay);
            counted += action.IsCounted ? 1 : 0;
            await Task.Delay(action.Delay, time, cancellationToken);
        }
    }

    private CatalogPage Read(ReadOnlyMemory<byte> body, Uri address, ResourceCatalog catalog, bool isFirst)
    {
        try
        {
            CatalogPage page = new CatalogReader(resource, catalog, client.Address).Read(body, address);
            return page.Count is null && catalog.Count is { } count && isFirst ? throw new FormatException($"does not say how many records there are: there is no number at /{string.Join('/', count)}") : page;
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw NoPage(address, exception is JsonException ? "is not JSON" : exception.Message);
        }
    }

    private async Task<FetchResult> FetchAsync(Uri page, GatePass pass, CancellationToken cancellationToken)
    {
        FetchResult result;
        try
        {
            result = await client.FetchCatalogAsync(page, Math.Max(options.Value.MaxResponseBytes, MinPageBytes), cancellationToken);
        }
        catch
        {
            gate.ReportAborted(pass);
            throw;
        }

        if (result.Quota is { } quota)
            gate.Heed(quota);
        if (result.Failure is null)
            gate.ReportSuccess(pass);
        else
            gate.ReportFailure(pass, result.Failure with { IsAboutClient = IsClientRefused(result.Failure) });
        return result;
    }

    // There is no item that it could be about.
    private static bool IsClientRefused(FetchFailure failure) => failure.StatusCode is 401 or 403 or 407 or 451;

    private IngestionConfigurationException NoPage(Uri page, string problem) => new(
        $"{ResourceOptions.Section}:Catalog cannot be read: {FetchFailures.Display(page)} {problem}; correct it, or Upstream:BaseAddress, which is '{FetchFailures.Display(options.Value.BaseAddress)}'");
}
