namespace Ingestion.Configuration;

/// <summary>The value a setting has.</summary>
/// <param name="Key">Configuration key, such as <c>Ingestion:Strategy</c>.</param>
/// <param name="Value">The value as it would be written; "none" when there is none.</param>
/// <param name="FollowsReload">A reload of the configuration takes effect at once; otherwise the setting is read at start only.</param>
/// <param name="IsSecret">The value must not be shown.</param>
public sealed record SettingState(string Key, string Value, bool FollowsReload, bool IsSecret = false);
