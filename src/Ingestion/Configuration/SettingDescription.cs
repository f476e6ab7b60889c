namespace Ingestion.Configuration;

/// <summary>A setting, as the documentation lists it.</summary>
/// <param name="Key">Configuration key, such as <c>Ingestion:Strategy</c>.</param>
/// <param name="Default">The default as it would be written; "none" when there is none.</param>
/// <param name="Allowed">What may be written, in words.</param>
public sealed record SettingDescription(string Key, string Default, string Allowed);
