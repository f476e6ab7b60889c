namespace Worker.Commands;

/// <summary>The command line does not fit the configuration, which is known only when that is read. Its message is a sentence without a full stop.</summary>
internal sealed class CommandLineException(string message) : Exception(message);
