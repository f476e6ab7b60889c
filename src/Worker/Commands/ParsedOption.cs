namespace Worker.Commands;

/// <summary>An option whose value is understood while the command line is read, so that a bad one is an error of the command line.</summary>
internal class ParsedOption<T> : Option<T?>
{
    /// <param name="parse">Turns what was written into the value; a <see cref="FormatException"/> says what is wrong.</param>
    public ParsedOption(string name, Func<string, T> parse)
        : base(name) =>
        CustomParser = result =>
        {
            try
            {
                return parse(result.Tokens[0].Value);
            }
            catch (FormatException e)
            {
                result.AddError($"{name}: {e.Message}");
                return default;
            }
        };
}
