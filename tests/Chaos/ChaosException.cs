namespace Chaos;

/// <summary>A scenario cannot go on; the message says why.</summary>
internal sealed class ChaosException(string message) : Exception(message);
