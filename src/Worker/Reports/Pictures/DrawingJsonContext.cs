using Worker.Live;
using Worker.Reports.Traces;

namespace Worker.Reports.Pictures;

/// <summary>
/// What the page and the trace viewers draw, as compact JSON. The default encoder escapes what could end a script element or a line (&lt;, &amp;, U+2028): the JSON
/// can go into a page as it is.
/// </summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ReportDocument))]
[JsonSerializable(typeof(TraceEventFile))]
[JsonSerializable(typeof(LiveFrame))]
[JsonSerializable(typeof(PageControl))]
[JsonSerializable(typeof(double[]))]
[JsonSerializable(typeof(int[]))]
[JsonSerializable(typeof(ItemKey))]
internal sealed partial class DrawingJsonContext : JsonSerializerContext;
