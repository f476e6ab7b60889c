using System.CommandLine;
using System.Globalization;

namespace Worker.Commands;

/// <summary>A friendly option that stands for a configuration key.</summary>
internal sealed class SettingOption : Option<string?>
{
    /// <param name="name">Name of the option.</param>
    /// <param name="key">The configuration key it sets.</param>
    /// <param name="convert">Turns what was written into what the configuration understands; a <see cref="FormatException"/> says what is wrong.</param>
    public SettingOption(string name, string key, Func<string, string>? convert = null)
        : base(name)
    {
        Key = key;
        if (convert is not null)
        {
            CustomParser = result =>
            {
                try
                {
                    return convert(result.Tokens[0].Value);
                }
                catch (FormatException e)
                {
                    result.AddError($"{name}: {e.Message}");
                    return null;
                }
            };
        }
    }

    public string Key { get; }

    public static string WholeNumber(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw new FormatException($"'{text}' is not a whole number");

    public static string DurationText(string text) => Duration.Parse(text).ToString("c", CultureInfo.InvariantCulture);
}
