using System.Collections;
using System.Net;

namespace UpstreamSimulator.Settings;

/// <summary>What the program was told to do, by its arguments and by <c>SIMULATOR_*</c> environment variables; arguments win.</summary>
internal sealed record CommandLine(IPAddress Host, int Port, SimulatorOptions Options, bool IsHelpWanted)
{
    private const string HostOption = "host";
    private const string PortOption = "port";

    /// <exception cref="FormatException">The message says what is wrong, in one line.</exception>
    public static CommandLine Parse(string[] arguments, IDictionary environment)
    {
        if (arguments.Any(argument => argument is "--help" or "-h"))
            return new CommandLine(IPAddress.Loopback, 0, new SimulatorOptions(), IsHelpWanted: true);

        Dictionary<string, string> values = FromEnvironment(environment);
        foreach ((string name, string value) in FromArguments(arguments))
            values[name] = value;

        IPAddress host = Take(values, HostOption, "127.0.0.1") is var address && IPAddress.TryParse(address, out IPAddress? parsed)
            ? parsed
            : throw new FormatException($"host: '{address}' is not an IP address such as 127.0.0.1 or 0.0.0.0");
        int port = SettingText.Number(Take(values, PortOption, "0"), 0, 65535);
        SimulatorOptions options = values.Aggregate(new SimulatorOptions(), (sum, pair) => SettingTable.Apply(sum, pair.Key, pair.Value));
        return new CommandLine(host, port, options, IsHelpWanted: false);
    }

    public static string Help()
    {
        var text = new StringBuilder("""
            upstream-simulator: serves made-up characters the way rickandmortyapi.com serves its own, with the faults one asks for. Beside them
            there are records of other shapes.

            Usage: upstream-simulator [--host ADDRESS] [--port N] [options]

            It prints "listening on http://ADDRESS:PORT/api/" once it does, and ends on SIGTERM or Ctrl-C.
            Below it are:
              character, location, episode   ID, several IDs, or ?page=N, as in the public API
              parts/SKU                      keys are text such as AX-0005/b, percent-encoded; wants the header Authorization: Bearer TOKEN
              orders/ID                      IDs from 7000000001, which the record has as text within {"data":…,"meta":…}; 404 has no body
              things/ID, things?page=N       pages have IDs only and link to the next one; a third of the IDs is missing, and page 3 is empty
            POST /oauth/token hands out tokens for OAuth2 client credentials: the client worker with the secret s3cret+more.
            IDs in statistics and faults are those of any collection: 5 is also the part AX-0005/b and the order 7000000005. 0 is any page or token.

            Beside /api/ there are GET /stats[?ids=1-10], POST /stats/reset and POST /control ({"latency": "2s", "error-rate": "500=0.1"}).
            Every option is also an environment variable: SIMULATOR_PORT, SIMULATOR_ERROR_RATE, ...


            """);
        text.AppendLine($"  {"--host ADDRESS",-26}where to listen; default 127.0.0.1");
        text.AppendLine($"  {"--port N",-26}default 0: any free port");
        foreach (Setting setting in SettingTable.All)
            text.AppendLine($"  {$"--{setting.Name} {setting.Value}",-26}{setting.Description}");

        text.AppendLine();
        text.Append("Faults: ").Append(Faults.Fault.Vocabulary);
        return text.ToString();
    }

    private static Dictionary<string, string> FromEnvironment(IDictionary environment)
    {
        Dictionary<string, string> values = [];
        foreach (string name in SettingTable.All.Select(setting => setting.Name).Append(HostOption).Append(PortOption))
        {
            if (environment["SIMULATOR_" + name.ToUpperInvariant().Replace('-', '_')] is string { Length: > 0 } value)
                values[name] = value;
        }

        return values;
    }

    private static Dictionary<string, string> FromArguments(string[] arguments)
    {
        Dictionary<string, string> values = [];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
                throw new FormatException($"unexpected argument '{arguments[i]}'; see --help");

            string[] parts = arguments[i][2..].Split('=', 2);
            string name = parts[0];
            Setting? setting = SettingTable.All.FirstOrDefault(candidate => candidate.Name == name);
            if (setting is null && name is not (HostOption or PortOption))
                throw new FormatException($"unknown option '--{name}'; see --help");
            if (parts.Length == 1 && i + 1 == arguments.Length)
                throw new FormatException($"option '--{name}' needs a value; see --help");

            string value = parts.Length == 2 ? parts[1] : arguments[++i];
            values[name] = setting?.Joint is char joint && values.TryGetValue(name, out string? earlier) ? $"{earlier}{joint}{value}" : value;
        }

        return values;
    }

    private static string Take(Dictionary<string, string> values, string name, string fallback) =>
        values.Remove(name, out string? value) ? value : fallback;
}
