using Ingestion.Items;
using Ingestion.Records;
using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>The transformer promises not to throw. Should it, one record must not end a run of millions.</summary>
internal static class TransformGuard
{
    public static TransformResult Transform(RunContext run, ItemKey key, ReadOnlyMemory<byte> body)
    {
        try
        {
            return run.Transformer.Transform(key, body);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            run.Logger.TransformThrew(exception, key);
            return new TransformResult(null, $"the record could not be transformed: {exception.GetType().Name}");
        }
    }
}
