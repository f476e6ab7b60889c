namespace Worker.Live;

/// <summary>What can be changed from the page, as it stands.</summary>
/// <param name="Degree">The degree of parallelism; 0 = no cap.</param>
/// <param name="IsAuto">The limit follows what the upstream can handle.</param>
/// <param name="Rate">The rate limit in requests a second, or null.</param>
/// <param name="IsPaused">No new attempt starts.</param>
internal sealed record ControlState(int Degree, bool IsAuto, double? Rate, bool IsPaused);
