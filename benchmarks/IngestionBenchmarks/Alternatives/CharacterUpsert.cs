using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace IngestionBenchmarks.Alternatives;

/// <summary>The row of a character with the columns the worker fills, as one statement for one row.</summary>
internal static class CharacterUpsert
{
    private const string Resource = "upsert.sql";

    /// <summary>The one of benchmarks/alternatives, which the programs in other languages use too.</summary>
    public static string Text { get; } = Read();

    /// <summary>The values of the row, in the order of the statement.</summary>
    public static NpgsqlParameter[] Parameters(PlainCharacter character, byte[] raw, Guid runId) =>
    [
        new() { Value = character.Id },
        new() { Value = raw, NpgsqlDbType = NpgsqlDbType.Jsonb },
        new() { Value = SHA256.HashData(raw) },
        new() { Value = runId },
    ];

    private static string Read()
    {
        using var reader = new StreamReader(typeof(CharacterUpsert).Assembly.GetManifestResourceStream(Resource)!);
        return reader.ReadToEnd();
    }
}
