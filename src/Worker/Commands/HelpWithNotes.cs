using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Worker.Commands;

/// <summary>The usual help, followed by notes on the command: examples and exit codes.</summary>
internal sealed class HelpWithNotes(HelpAction usual, IReadOnlyDictionary<Command, string> notes) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        int result = usual.Invoke(parseResult);
        if (notes.TryGetValue(parseResult.CommandResult.Command, out string? text))
            parseResult.InvocationConfiguration.Output.WriteLine(text);
        return result;
    }
}
