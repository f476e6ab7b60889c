using System.Text.Json;
using UpstreamSimulator.Settings;

namespace UpstreamSimulator.Http;

/// <summary>Changes settings while the simulator runs: all that are in the request, or none.</summary>
internal sealed class ControlEndpoint(Func<SimulatorOptions> current, Action<SimulatorOptions> change)
{
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (request.RootElement.ValueKind != JsonValueKind.Object)
                throw new FormatException("send an object of settings such as {\"latency\": \"2s\"}");

            SimulatorOptions options = current();
            foreach (JsonProperty property in request.RootElement.EnumerateObject())
                options = SettingTable.Apply(options, property.Name, property.Value.ValueKind == JsonValueKind.Null ? "none" : property.Value.ToString());

            change(options);
            await JsonResponse.SendAsync(context.Response, 200, "{}"u8.ToArray());
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            await JsonResponse.SendAsync(context.Response, 400, JsonSerializer.SerializeToUtf8Bytes(new { error = e.Message }));
        }
    }
}
