using System.Runtime.InteropServices;
using Ingestion.Storage.Postgres;

namespace Ingestion.Storage.Committing;

/// <summary>
/// Commits a batch whatever is in the way: it is repeated while the database is away, and halved while it takes longer than PostgreSQL allows or until a row that is refused is alone.
/// Rows that are refused become dead letters together, unless all of them are for one reason: then it is about the table.
/// </summary>
internal sealed class PatientCommitter(
    Committer committer, OutageGuard outages, Action<ReadOnlyMemory<PendingEntry>> committed, ILogger logger, CancellationToken giveUp)
{
    /// <summary>So many rows in succession that are refused for one reason, with none stored in between, and it is no longer about these rows. Fewer are dead letters.</summary>
    private const int TooManyAlike = 32;

    private readonly List<(PendingEntry Entry, string Problem)> _refused = [];
    private string? _reason;
    private volatile int _alike;
    private bool _hasStored;

    /// <summary>Others were stored meanwhile, over another connection. May be called by any thread.</summary>
    public void Learn(ReadOnlyMemory<PendingEntry> stored)
    {
        if (HasNewRow(stored))
            _alike = 0;
    }

    /// <exception cref="IngestionConfigurationException">The statement fails without any row, too.</exception>
    /// <exception cref="IngestionUnavailableException">Every row is refused for one reason, or a dead letter is.</exception>
    public async Task CommitAsync(ReadOnlyMemory<PendingEntry> entries)
    {
        _hasStored = false;
        await CommitPartAsync(entries);
        if (_refused.Count == 0)
            return;

        if (_alike >= TooManyAlike && !_hasStored)
            throw outages.Refused($"the last {_alike} rows were refused for one reason, and none was stored in between: {_refused[^1].Problem}; correct the table (a constraint, a trigger, a column that was added)");

        foreach ((PendingEntry entry, string problem) in _refused)
        {
            if (!entry.TryReject("PostgreSQL rejected the row: " + problem))
                throw outages.Refused($"not even the outcome of item {entry.Entry.Key} is stored: {problem}; correct the table of outcomes (a constraint, a trigger)");
        }

        PendingEntry[] deadLetters = [.. _refused.Select(refusal => refusal.Entry)];
        _refused.Clear();
        await CommitAsync(deadLetters);
    }

    private async Task CommitPartAsync(ReadOnlyMemory<PendingEntry> entries)
    {
        try
        {
            await outages.RunAsync(token => committer.CommitAsync(entries, token), exception => IsTooMuch(entries, exception), giveUp);
        }
        catch (Exception exception) when (IsTooMuch(entries, exception))
        {
            StorageLog.BatchTimedOut(logger, entries.Length, PostgresErrors.Describe(exception));
            await CommitHalvesAsync(entries);
            return;
        }
        catch (Exception exception) when (PostgresErrors.Judge(exception) is StorageVerdict.Row or StorageVerdict.Configuration)
        {
            if (PostgresErrors.Judge(exception) is StorageVerdict.Configuration)
                await outages.RunAsync(token => committer.TryWithoutRowsAsync(entries, token), giveUp);
            if (entries.Length > 1)
                await CommitHalvesAsync(entries);
            else
                Refuse(entries.Span[0], exception);
            return;
        }

        if (HasNewRow(entries))
            (_alike, _hasStored) = (0, true);
        committed(entries);
    }

    private void Refuse(PendingEntry entry, Exception refusal)
    {
        string? before = _reason;
        _reason = PostgresErrors.ReasonOf(refusal);
        _alike = _reason == before ? _alike + 1 : 1;
        _refused.Add((entry, PostgresErrors.Describe(refusal)));
    }

    private static bool HasNewRow(ReadOnlyMemory<PendingEntry> entries) =>
        MemoryMarshal.ToEnumerable(entries).Any(entry => entry.Answer is { Outcome: Outcome.Ingested });

    /// <summary>The server is there, but ended the transaction because of its time limit: waiting would not help, fewer rows may. A single row has to wait.</summary>
    private bool IsTooMuch(ReadOnlyMemory<PendingEntry> entries, Exception exception) =>
        entries.Length > 1 && PostgresErrors.IsTimeout(exception) && committer.IsOpen;

    private async Task CommitHalvesAsync(ReadOnlyMemory<PendingEntry> entries)
    {
        await CommitPartAsync(entries[..(entries.Length / 2)]);
        await CommitPartAsync(entries[(entries.Length / 2)..]);
    }
}
