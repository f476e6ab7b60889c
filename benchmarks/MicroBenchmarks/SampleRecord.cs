using System.Text;

namespace MicroBenchmarks;

/// <summary>A record of the size most of them have, 550 bytes.</summary>
internal static class SampleRecord
{
    private const string Json = """
        {"id":{ID},"name":"Zoé \"Scary\" Terry","status":"Alive","species":"Mythological Creature","type":"","gender":"Male","origin":{"name":"Earth (C-137)","url":"https://rickandmortyapi.com/api/location/1"},"location":{"name":"Citadel of Ricks","url":"https://rickandmortyapi.com/api/location/3"},"image":"https://rickandmortyapi.com/api/character/avatar/{ID}.jpeg","episode":["https://rickandmortyapi.com/api/episode/1","https://rickandmortyapi.com/api/episode/2"],"url":"https://rickandmortyapi.com/api/character/{ID}","created":"2017-11-04T18:48:46.250Z"}
        """;

    public static byte[] Of(int id) => Encoding.UTF8.GetBytes(Json.Replace("{ID}", $"{id}", StringComparison.Ordinal));

    public static byte[] Several(int count) =>
        [(byte)'[', .. Enumerable.Range(1, count).SelectMany(id => id == 1 ? Of(id) : [(byte)',', .. Of(id)]), (byte)']'];
}
