namespace Worker.Live;

/// <summary>What the page has to know to ask for something.</summary>
/// <param name="Token">Has to come back.</param>
/// <param name="AsksForToken">Another token has to be given, which is not in the page.</param>
/// <param name="Most">The highest degree of parallelism that can be asked for.</param>
/// <param name="Fixed">Why the degree cannot be changed, or null.</param>
internal sealed record PageControl(string Token, bool AsksForToken, int Most, string? Fixed);
