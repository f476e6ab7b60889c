namespace Worker.Hosting;

/// <summary>
/// The variables of OpenTelemetry and what each may be (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). The SDK throws
/// at a few bad values, and replaces the others by a default without a word.
/// </summary>
internal static class OpenTelemetryVariables
{
    private const string Prefix = "OTEL_";
    private const string Retry = "OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY";
    private const string RetryFolder = "OTEL_DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH";

    private static readonly AllowedValue AtLeast1 = AllowedValue.WholeNumber(1);

    /// <summary>Names without their prefix and what those may be. A signal's name may stand for * or be left out with its underscore; for % it stands always.</summary>
    public static IReadOnlyDictionary<string, AllowedValue> Known { get; } = Expand(
    [
        ("SERVICE_NAME DOTNET_EXPERIMENTAL_OTLP_DISK_RETRY_DIRECTORY_PATH", new("text", _ => true)),
        ("SDK_DISABLED EXPORTER_OTLP_*INSECURE DOTNET_EXPERIMENTAL_OTLP_EMIT_EVENT_LOG_ATTRIBUTES", AllowedValue.Flag),
        ("%_EXPORTER", AllowedValue.OneOf("otlp", "none")),
        ("EXPORTER_OTLP_*ENDPOINT", new("an absolute http or https URL without user name, password and fragment, such as http://localhost:4317", IsAddress)),
        ("EXPORTER_OTLP_*PROTOCOL", new("grpc or http/protobuf", text => text is "grpc" or "http/protobuf")),
        ("EXPORTER_OTLP_*HEADERS", new("HTTP headers written as name=value, several separated by commas", text => ExportedSignal.ReadHeaders(text) is not null)),
        ("EXPORTER_OTLP_*COMPRESSION", AllowedValue.OneOf("gzip", "none")),
        ("EXPORTER_OTLP_*TIMEOUT", AtLeast1 with { Text = AtLeast1.Text + ", in milliseconds" }),
        ("EXPORTER_OTLP_*CERTIFICATE EXPORTER_OTLP_*CLIENT_CERTIFICATE EXPORTER_OTLP_*CLIENT_KEY", new("the path of a PEM file", File.Exists)),
        ("TRACES_SAMPLER", AllowedValue.OneOf("always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio")),
        ("TRACES_SAMPLER_ARG", new("a number from 0 to 1, such as 0.01", text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double ratio) && ratio is >= 0 and <= 1)),
        ("METRIC_EXPORT_INTERVAL METRIC_EXPORT_TIMEOUT BSP_SCHEDULE_DELAY BSP_EXPORT_TIMEOUT BSP_MAX_QUEUE_SIZE BSP_MAX_EXPORT_BATCH_SIZE", AtLeast1),
        ("BLRP_SCHEDULE_DELAY BLRP_EXPORT_TIMEOUT BLRP_MAX_QUEUE_SIZE BLRP_MAX_EXPORT_BATCH_SIZE", AtLeast1),
        ("ATTRIBUTE_COUNT_LIMIT SPAN_ATTRIBUTE_COUNT_LIMIT LOGRECORD_ATTRIBUTE_COUNT_LIMIT EVENT_ATTRIBUTE_COUNT_LIMIT LINK_ATTRIBUTE_COUNT_LIMIT", AllowedValue.WholeNumber(0)),
        ("ATTRIBUTE_VALUE_LENGTH_LIMIT SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT SPAN_EVENT_COUNT_LIMIT SPAN_LINK_COUNT_LIMIT", AllowedValue.WholeNumber(0)),
        ("METRICS_EXEMPLAR_FILTER DOTNET_EXPERIMENTAL_METRICS_EXEMPLAR_FILTER_HISTOGRAMS", AllowedValue.OneOf("always_on", "always_off", "trace_based")),
        ("EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", AllowedValue.OneOf("cumulative", "delta", "lowmemory")),
        ("EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", AllowedValue.OneOf("explicit_bucket_histogram", "base2_exponential_bucket_histogram")),
        ("RESOURCE_ATTRIBUTES", new("attributes written as name=value, several separated by commas", text => Items(text).All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0))),
        ("PROPAGATORS", new("tracecontext, baggage or both, separated by a comma: no other propagators are known here", text => Items(text).All(name => name is "tracecontext" or "baggage"))),
        ("LOG_LEVEL", AllowedValue.OneOf("none", "error", "warn", "info", "debug", "trace")),
        ("CONFIG_FILE", new("left out: configuration files of OpenTelemetry are not read here, only its variables are", _ => false)),
        ("DOTNET_EXPERIMENTAL_OTLP_RETRY", AllowedValue.OneOf("in_memory", "disk")),
    ]);

    /// <summary>One line for each variable that could not be followed.</summary>
    public static IReadOnlyList<string> FindErrors(IConfiguration configuration)
    {
        List<string> errors =
        [
            .. from variable in Known
               let value = ExportedSignal.Value(configuration, variable.Key)
               where value is not null && !variable.Value.Includes(value)
               let shown = variable.Key.EndsWith("HEADERS", StringComparison.Ordinal) ? "has a value that is not shown" : $"is '{Settings.WithoutCredentials(value)}'"
               select $"{variable.Key} {shown}, but must be {variable.Value.Text}",
        ];
        if (errors.Count > 0)
            return errors;

        errors.AddRange(WhatDoesNotFit(name => ExportedSignal.Value(configuration, name)));
        try
        {
            foreach (ExportedSignal signal in new ExportedSignals(configuration).All)
                _ = signal.Tls();
        }
        catch (IngestionConfigurationException e)
        {
            errors.AddRange(e.Errors);
        }

        return errors;
    }

    /// <summary>Whether it is for OpenTelemetry, be it known or not.</summary>
    public static bool IsOne(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Those that are set, with the value each has.</summary>
    public static IReadOnlyList<SettingState> Read(IConfiguration configuration) =>
        [.. from name in Known.Keys let value = configuration[name] where value is not null select new SettingState(name, value, FollowsReload: false, IsSecret: name.EndsWith("HEADERS", StringComparison.Ordinal))];

    /// <summary>Names that nobody reads, but are nearly one of those somebody does (more than two letters make another name); with what may have been meant.</summary>
    public static IEnumerable<(string Key, string? Known)> NearMisses(IConfiguration configuration) =>
        from name in configuration.GetChildren().Select(variable => variable.Key)
        where IsOne(name) && !Known.ContainsKey(name)
        select (name, Suggestion.Nearest(name, Known.Keys, most: 2));

    /// <summary>Leaves out the white space around the values, such as a line break, for the SDK, which does not. To be called before the environment is read.</summary>
    public static void TrimEnvironment()
    {
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToArray())
            Environment.SetEnvironmentVariable(name, Environment.GetEnvironmentVariable(name)?.Trim());
    }

    private static IEnumerable<string> WhatDoesNotFit(Func<string, string?> value)
    {
        if (value("OTEL_TRACES_SAMPLER_ARG") is { } argument && value("OTEL_TRACES_SAMPLER") is null)
            yield return $"OTEL_TRACES_SAMPLER_ARG is '{argument}', but OTEL_TRACES_SAMPLER is not set; set it to traceidratio or parentbased_traceidratio";
        if (string.Equals(value(Retry), "disk", StringComparison.OrdinalIgnoreCase) && value(RetryFolder) is null)
            yield return $"{Retry} is 'disk', but {RetryFolder}, which says where, is not set";
        foreach (string processor in (string[])["OTEL_BSP_", "OTEL_BLRP_"])
        {
            if (value(processor + "MAX_EXPORT_BATCH_SIZE") is { } batch && value(processor + "MAX_QUEUE_SIZE") is { } queue
                && int.Parse(batch, CultureInfo.InvariantCulture) > int.Parse(queue, CultureInfo.InvariantCulture))
                yield return $"{processor}MAX_EXPORT_BATCH_SIZE is '{batch}', but must not be greater than {processor}MAX_QUEUE_SIZE, which is {queue}";
        }
    }

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" && uri is { Host.Length: > 0, UserInfo.Length: 0, Fragment.Length: 0 };

    private static string[] Items(string list) => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Dictionary<string, AllowedValue> Expand((string Names, AllowedValue Allowed)[] rules) => new(
        from rule in rules
        from name in rule.Names.Split(' ')
        from signal in name.Contains('*', StringComparison.Ordinal) ? ["TRACES_", "METRICS_", "LOGS_", ""] : name.Contains('%', StringComparison.Ordinal) ? ["TRACES", "METRICS", "LOGS"] : (string[])[""]
        select KeyValuePair.Create(Prefix + name.Replace("*", signal, StringComparison.Ordinal).Replace("%", signal, StringComparison.Ordinal), rule.Allowed),
        StringComparer.OrdinalIgnoreCase);
}
