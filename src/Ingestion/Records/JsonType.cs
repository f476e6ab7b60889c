namespace Ingestion.Records;

/// <summary>A type that <c>Resource:Required</c> can ask for.</summary>
/// <param name="Token">The token a value of this type begins with; null: any, and null too.</param>
internal sealed record JsonType(string Name, JsonTokenType? Token)
{
    public static readonly IReadOnlyList<JsonType> All =
    [
        new("string", JsonTokenType.String), new("number", JsonTokenType.Number), new("boolean", JsonTokenType.True),
        new("object", JsonTokenType.StartObject), new("array", JsonTokenType.StartArray), new("any", Token: null),
    ];

    public bool Includes(JsonTokenType token) => Token is not { } wanted || token == wanted || (wanted == JsonTokenType.True && token == JsonTokenType.False);
}
