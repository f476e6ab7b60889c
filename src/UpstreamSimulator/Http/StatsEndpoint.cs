using System.Text.Json;
using UpstreamSimulator.Faults;
using UpstreamSimulator.Statistics;

namespace UpstreamSimulator.Http;

/// <summary>The page of statistics.</summary>
internal sealed class StatsEndpoint(SimulatorStatistics statistics)
{
    private const int MostIds = 100_000;

    /// <summary>Sends all numbers; those per ID for the IDs asked for, or for the first 100,000 that were requested.</summary>
    public Task ShowAsync(HttpContext context)
    {
        IEnumerable<int> ids;
        try
        {
            ids = context.Request.Query["ids"].ToString() is { Length: > 0 } text
                ? IdRanges.Parse(text).Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1))
                : statistics.Ids();
        }
        catch (FormatException e)
        {
            return JsonResponse.SendAsync(context.Response, 400, JsonSerializer.SerializeToUtf8Bytes(new { error = e.Message }));
        }

        return JsonResponse.SendAsync(context.Response, 200, Render(ids));
    }

    public Task ResetAsync(HttpContext context)
    {
        statistics.Reset();
        return JsonResponse.SendAsync(context.Response, 200, "{}"u8.ToArray());
    }

    private byte[] Render(IEnumerable<int> ids)
    {
        using var stream = new MemoryStream();
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("totalRequests", statistics.TotalRequests);
        json.WriteNumber("tokenRequests", statistics.TokenRequests);
        json.WriteNumber("inFlight", statistics.InFlight);
        json.WriteNumber("maxInFlight", statistics.MaxInFlight);

        json.WriteStartObject("byStatus");
        foreach ((int status, long count) in statistics.ByStatus())
            json.WriteNumber($"{status}", count);
        json.WriteEndObject();

        json.WriteStartObject("byFault");
        foreach ((Fault fault, long count) in statistics.ByFault())
            json.WriteNumber($"{fault}", count);
        json.WriteEndObject();

        json.WriteStartObject("ids");
        foreach (int id in ids.Take(MostIds))
        {
            json.WriteStartObject($"{id}");
            json.WriteNumber("requests", statistics.Requests(id));
            json.WriteNumber("successes", statistics.Successes(id));
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return stream.ToArray();
    }
}
