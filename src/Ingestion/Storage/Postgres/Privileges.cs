using Ingestion.Configuration;
using Ingestion.Records;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>What a run does with the tables must be allowed before it starts, not fail at the first batch.</summary>
internal static class Privileges
{
    private const string FindMissing =
        """
        SELECT needed.privilege || ' on ingestion.' || needed.name
        FROM (VALUES
          ('TABLE', 'SELECT'), ('TABLE', 'INSERT'), ('TABLE', 'UPDATE'),
          ('runs', 'SELECT'), ('runs', 'INSERT'), ('runs', 'UPDATE'),
          ('outcomes', 'SELECT'), ('outcomes', 'INSERT'), ('outcomes', 'UPDATE')) AS needed (name, privilege)
        WHERE NOT has_table_privilege('ingestion.' || needed.name, needed.privilege)
        """;

    public static async Task CheckAsync(NpgsqlConnection connection, PostgresTarget target, SchemaName schema, Resource resource, CancellationToken cancellationToken)
    {
        var missing = new List<string>();
        await using var command = new NpgsqlCommand(schema.In(FindMissing.Replace("TABLE", resource.Name, StringComparison.Ordinal)), connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            missing.Add(reader.GetString(0));

        if (missing.Count > 0)
        {
            throw new IngestionConfigurationException(
                $"{target}: user {target.User} lacks {string.Join(", ", missing)}; let the tables' owner GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema.Quoted}, or connect as the owner");
        }
    }
}
