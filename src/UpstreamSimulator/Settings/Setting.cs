namespace UpstreamSimulator.Settings;

/// <summary>A setting of the simulator, as the command line, the environment and <c>/control</c> name it.</summary>
/// <param name="Name">In kebab case.</param>
/// <param name="Value">What its value looks like, for the help page.</param>
/// <param name="Description">For the help page.</param>
/// <param name="Apply">The options with the setting changed to a value; throws <see cref="FormatException"/> for a bad one.</param>
/// <param name="Joint">Joins the values of a setting that may be given several times; null: the last one counts.</param>
internal sealed record Setting(string Name, string Value, string Description, Func<SimulatorOptions, string, SimulatorOptions> Apply, char? Joint = null);
