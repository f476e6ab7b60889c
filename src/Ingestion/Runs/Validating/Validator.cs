using Ingestion.Records;
using Ingestion.Sources.RabbitMq;
using Ingestion.Storage.Postgres;
using Ingestion.Upstream;
using Microsoft.Extensions.DependencyInjection;

namespace Ingestion.Runs.Validating;

/// <summary>Looks whether a run could start with what is configured. It waits for nothing and changes nothing.</summary>
public sealed class Validator
{
    private readonly IServiceProvider _services;

    internal Validator(IServiceProvider services) => _services = services;

    /// <summary>Looks at the database, the broker where one is used, and the upstream: all of them, whatever is wrong with the first.</summary>
    /// <exception cref="OperationCanceledException">It was aborted.</exception>
    public async Task<IReadOnlyList<Finding>> ValidateAsync(CancellationToken cancellationToken)
    {
        IngestionOptions ingestion = Of<IOptions<IngestionOptions>>().Value;
        List<Finding> findings = [.. await Of<PostgresSchema>().InspectAsync(cancellationToken)];
        if (ConfigurationRules.IsSource(ingestion, "RabbitMq"))
            findings.Add(await Finding.OfAsync("broker", () => Of<BrokerConnector>().InspectAsync(cancellationToken)));
        findings.Add(await LookAtUpstreamAsync(ingestion, cancellationToken));
        return findings;
    }

    /// <summary>One request, for what the source would ask for first as far as that is known without reading the source.</summary>
    private Task<Finding> LookAtUpstreamAsync(IngestionOptions ingestion, CancellationToken cancellationToken)
    {
        if (ConfigurationRules.IsSource(ingestion, "Ids") && IdRanges.TryParse(ingestion.Ids, out IdRanges? ids, out _))
            return Finding.OfAsync("upstream", () => FetchRecordAsync(ids.First(), cancellationToken));
        return Of<Resource>().Catalog is { } catalog
            ? Finding.OfAsync("upstream", () => FetchPageAsync(catalog, cancellationToken))
            : Task.FromResult(new Finding("upstream", FindingKind.Skipped, $"without reading the source {ingestion.Source} no ID is known; ingestion-worker preview asks for one"));
    }

    private async Task<string> FetchRecordAsync(ItemKey key, CancellationToken cancellationToken)
    {
        UpstreamClient client = Of<UpstreamClient>();
        FetchRequest request = new(key, Of<IOptions<UpstreamOptions>>().Value.ItemTimeout);
        string address = FetchFailures.Display(client.Address.Of(request));
        FetchResult answer = await client.FetchAsync(request, cancellationToken);
        using BodyShare? share = answer.Share;
        if (answer.IsMissing)
            return $"{address}: HTTP {answer.StatusCode}, there is no such record, which {ResourceOptions.Section}:NotFound expects";

        ThrowIfFailed(answer, address);
        IReadOnlyList<string> problems = Of<RecordTransformer>().Examine(key, answer.Body).Problems;
        return problems.Count == 0
            ? $"{address}: HTTP {answer.StatusCode}, a record as {ResourceOptions.Section} says"
            : throw new IngestionConfigurationException($"{address}: the answer is not as {ResourceOptions.Section} says: {string.Join("; ", problems)}; ingestion-worker preview shows it");
    }

    private async Task<string> FetchPageAsync(ResourceCatalog catalog, CancellationToken cancellationToken)
    {
        UpstreamClient client = Of<UpstreamClient>();
        Uri page = client.Address.Catalog();
        string address = FetchFailures.Display(page);
        FetchResult answer = await client.FetchCatalogAsync(page, Math.Max(Of<IOptions<UpstreamOptions>>().Value.MaxResponseBytes, RecordCatalog.MinPageBytes), cancellationToken);
        using BodyShare? share = answer.Share;
        ThrowIfFailed(answer, address);
        string? problem = answer.IsMissing ? $"HTTP {answer.StatusCode}, there is no such page" : null;
        try
        {
            if (problem is null)
                return $"{address}: HTTP {answer.StatusCode}, a page of the catalog with {new CatalogReader(Of<Resource>(), catalog, client.Address).Read(answer.Body, page).Keys.Count} IDs";
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            problem = exception is JsonException ? "is not JSON" : exception.Message;
        }

        throw new IngestionConfigurationException($"{address}: {problem}; correct {ResourceOptions.Section}:Catalog or {UpstreamOptions.Section}:BaseAddress");
    }

    private static void ThrowIfFailed(FetchResult answer, string address)
    {
        if (answer.Failure is { } failure)
            throw new IngestionUnavailableException($"{address}: {failure.Reason}; {failure.Advice ?? $"make sure that {UpstreamOptions.Section}:BaseAddress answers"}");
    }

    private T Of<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
