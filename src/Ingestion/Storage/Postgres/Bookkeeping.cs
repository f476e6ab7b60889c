using System.Data;
using Npgsql;

namespace Ingestion.Storage.Postgres;

/// <summary>
/// Transactions for what grows with the number of outcomes. They set what they need for themselves, and nothing beyond: behind a pooler of transactions, the next one
/// over the same connection to the server may be somebody else's.
/// </summary>
internal static class Bookkeeping
{
    /// <summary>The user's limits are meant for those who ask, and would stop this at the same point however often it is repeated. The second one is new in PostgreSQL 17.</summary>
    private const string LiftLimits =
        "SELECT set_config('statement_timeout', '0', true), CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL THEN set_config('transaction_timeout', '0', true) END";

    /// <summary>Read committed, whatever the default is: what another program committed while a lock was waited for has to be seen.</summary>
    public static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await new NpgsqlCommand(LiftLimits, connection).RunAsync(cancellationToken);
        return transaction;
    }
}
