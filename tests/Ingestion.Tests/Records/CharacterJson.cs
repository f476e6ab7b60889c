using System.Text;
using System.Text.Json.Nodes;

namespace Ingestion.Tests.Records;

/// <summary>A record as the upstream sends it, to be spoilt.</summary>
internal static class CharacterJson
{
    public const string Lincler =
        """
        {"id":7,"name":"Abradolf Lincler","status":"unknown","species":"Human","type":"Genetic experiment","gender":"Male",
        "origin":{"name":"Earth (Replacement Dimension)","url":"https://rickandmortyapi.com/api/location/20"},
        "location":{"name":"Testicle Monster Dimension","url":""},
        "image":"https://rickandmortyapi.com/api/character/avatar/7.jpeg",
        "episode":["https://rickandmortyapi.com/api/episode/10","https://rickandmortyapi.com/api/episode/11"],
        "url":"https://rickandmortyapi.com/api/character/7","created":"2017-11-04T19:59:20.523Z"}
        """;

    public static byte[] Bytes(string json) => Encoding.UTF8.GetBytes(json);

    public static byte[] With(Action<JsonObject> change)
    {
        JsonObject character = JsonNode.Parse(Lincler)!.AsObject();
        change(character);
        return Bytes(character.ToJsonString());
    }
}
