namespace Ingestion.Configuration;

/// <summary>Marks a setting that takes effect as soon as the configuration is reloaded. All others are read once, at start.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FollowsReloadAttribute : Attribute;
