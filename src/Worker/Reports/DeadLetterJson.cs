using System.Text.Json.Nodes;

namespace Worker.Reports;

/// <summary>What <c>dead --json</c> prints. Other programs read it: names and order stay as they are.</summary>
internal static class DeadLetterJson
{
    /// <summary>How many items, for how many reasons, and the most frequent of these.</summary>
    public static string ToJson(DeadLetterSummary deadLetters) => Text(Summary(deadLetters));

    /// <summary>Items one by one, of <paramref name="count"/>.</summary>
    public static string ToJson(IEnumerable<DeadLetter> items, long count) => Text(new JsonObject
    {
        ["count"] = count,
        ["items"] = new JsonArray([.. items.Select(item => new JsonObject
        {
            ["id"] = item.Key.Text is { } text ? JsonValue.Create(text) : JsonValue.Create(item.Key.Number),
            ["runId"] = item.Run,
            ["attempts"] = item.Attempts,
            ["failedAt"] = item.FailedAt,
            ["reason"] = item.Reason,
            ["answer"] = item.Answer is { } answer ? JsonNode.Parse(answer) : null,
        })]),
    });

    /// <summary>The answer an item failed for, below its line.</summary>
    public static string AnswerText(string answer)
    {
        JsonNode json = JsonNode.Parse(answer)!;
        IEnumerable<string> headers = json["headers"]!.AsObject().Select(header => $"{header.Key}: {header.Value}");
        string[] lines = [$"HTTP {json["status"]}", .. headers, $"{json["body"]}"];
        return string.Join(Environment.NewLine, lines.Where(line => line.Length > 0).Select(line => "  " + line));
    }

    public static string ToJson(long discarded) => Text(new JsonObject { ["discarded"] = discarded });

    /// <summary>The part that <c>status --json</c> has, too.</summary>
    public static JsonObject Summary(DeadLetterSummary deadLetters) => new()
    {
        ["count"] = deadLetters.Count,
        ["reasons"] = deadLetters.Reasons,
        ["byReason"] = new JsonArray([.. deadLetters.Groups.Select(group => new JsonObject
        {
            ["reason"] = group.Reason,
            ["count"] = group.Count,
            ["ids"] = group.Ids,
            ["hasMoreIds"] = group.HasMoreIds,
            ["firstFailedAt"] = group.FirstAt,
            ["lastFailedAt"] = group.LastAt,
        })]),
    };

    private static string Text(JsonObject json) => json.ToJsonString(OutputJsonContext.Default.Options);
}
