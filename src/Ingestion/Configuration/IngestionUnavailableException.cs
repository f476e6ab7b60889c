namespace Ingestion.Configuration;

/// <summary>
/// The database, the broker or the upstream was away, or refused everything, for longer than allowed. The configuration may be right: another start may succeed.
/// </summary>
/// <param name="message">One line that says what was asked of whom, what came back and what to do next, without secrets.</param>
/// <param name="innerException">What came back last.</param>
public sealed class IngestionUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
