using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>The driver's spans: each belongs to a transaction of an item that is traced. What else is asked of the database starts no trace.</summary>
internal static class DriverSpans
{
    private static bool IsInTrace => Activity.Current is { Recorded: true };

    public static NpgsqlDataSourceBuilder OnlyInTraces(NpgsqlDataSourceBuilder builder) => builder.ConfigureTracing(static spans =>
        spans.ConfigureCommandFilter(static _ => IsInTrace).ConfigureBatchFilter(static _ => IsInTrace).EnablePhysicalOpenTracing(false));
}
