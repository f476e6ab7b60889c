namespace Worker.Hosting;

/// <summary>A key of the merged configuration, fit to be shown.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">Its value as it is written, without what is secret in it; null where there is none.</param>
/// <param name="Origin">Where that comes from.</param>
/// <param name="Place">The path of the file, or the name of the environment variable; null for the others.</param>
/// <param name="IsKnown">Whether the worker reads it.</param>
internal sealed record MergedSetting(string Key, string? Value, SettingOrigin Origin, string? Place, bool IsKnown);
