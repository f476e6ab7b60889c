using System.Diagnostics.Metrics;
using Ingestion.Telemetry;

namespace Worker.Hosting;

/// <summary>Lets the log and the summaries hold nobody up, and tells how many lines of them were dropped because nobody read.</summary>
internal sealed class LostLines
{
    public LostLines(IMeterFactory meters, ILogger<LostLines> logger)
    {
        meters.Create(IngestionActivity.SourceName).CreateObservableCounter("ingestion.output.lost", () => StandardStreams.LinesLost, "{line}", "Lines of the log and of summaries that were dropped because nobody read them");
        StandardStreams.NeverWait(lines => Log.LinesLost(logger, lines));
    }
}
