using Microsoft.Extensions.Configuration.Memory;

namespace Worker.Live;

/// <summary>
/// Settings that were asked for while the process runs, above those of all files, variables and options. Whatever follows a reload of the configuration follows them.
/// Nothing is written anywhere.
/// </summary>
internal sealed class AskedSettings() : MemoryConfigurationProvider(new MemoryConfigurationSource()), IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void Change(string key, string value)
    {
        // Others may be reading: what they have in their hands stays as it is.
        Data = new Dictionary<string, string?>(Data, StringComparer.OrdinalIgnoreCase) { [key] = value };
        OnReload();
    }
}
