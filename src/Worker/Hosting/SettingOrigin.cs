namespace Worker.Hosting;

/// <summary>Where the value of a setting comes from; each wins over those before it.</summary>
internal enum SettingOrigin
{
    Default,
    File,
    Environment,
    CommandLine,
}
