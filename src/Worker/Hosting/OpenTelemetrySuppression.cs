using Ingestion.Telemetry;

namespace Worker.Hosting;

/// <summary>Suppression as the OpenTelemetry SDK does it: its listener then samples nothing.</summary>
internal sealed class OpenTelemetrySuppression : ITraceSuppression
{
    // Not disposed: it belongs to the flow of the calling method, and ends with it.
    public void Suppress() => SuppressInstrumentationScope.Begin();
}
