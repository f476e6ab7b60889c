using Ingestion.Characters;
using Ingestion.Telemetry;

namespace Ingestion.Runs;

/// <summary>The transformer promises not to throw. Should it, one record must not end a run of millions.</summary>
internal static class TransformGuard
{
    public static TransformResult Transform(RunContext run, int characterId, ReadOnlyMemory<byte> body)
    {
        try
        {
            return run.Transformer.Transform(characterId, body);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            run.Logger.TransformThrew(exception, characterId);
            return new TransformResult(null, $"the record could not be transformed: {exception.GetType().Name}");
        }
    }
}
