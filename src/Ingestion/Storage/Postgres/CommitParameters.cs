using Ingestion.Storage.Committing;
using Npgsql;
using NpgsqlTypes;

namespace Ingestion.Storage.Postgres;

/// <summary>The statement that commits a batch, and the columns of a batch, as arrays that are filled again for every batch and keep their capacity. In the order <see cref="CommitStatement"/> numbers them.</summary>
internal sealed class CommitParameters
{
    private readonly NpgsqlParameter<Guid> _runId = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly KeyColumn _ids;
    private readonly Column<ReadOnlyMemory<byte>> _raws = new(NpgsqlDbType.Jsonb);
    private readonly Column<ReadOnlyMemory<byte>> _contentHashes = new(NpgsqlDbType.Bytea);
    private readonly Column<bool> _sanitized = new(NpgsqlDbType.Boolean);
    private readonly Column<string?> _entityTags = new(NpgsqlDbType.Text);
    private readonly Column<DateTime> _fetchedAts = new(NpgsqlDbType.TimestampTz);
    private readonly KeyColumn _entryIds;
    private readonly Column<string?> _outcomes = new(NpgsqlDbType.Text);
    private readonly Column<int> _attempts = new(NpgsqlDbType.Integer);
    private readonly Column<string?> _errors = new(NpgsqlDbType.Text);
    private readonly Column<string?> _answers = new(NpgsqlDbType.Text);
    private readonly NpgsqlParameter<int> _fingerprintIterations = new() { NpgsqlDbType = NpgsqlDbType.Integer };
    private readonly Column<Guid?> _jobs = new(NpgsqlDbType.Uuid);
    private readonly NpgsqlParameter<bool> _isRepeated = new() { NpgsqlDbType = NpgsqlDbType.Boolean };
    private readonly NpgsqlParameter<Guid> _owner = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly NpgsqlParameter<long> _epoch = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly Column<long> _groupedRecords = new(NpgsqlDbType.Bigint);
    private readonly Column<long> _groupedUnchanged = new(NpgsqlDbType.Bigint);
    private readonly Column<long> _groupedNotFound = new(NpgsqlDbType.Bigint);
    private readonly NpgsqlParameter<long?> _firstGrouped = new() { NpgsqlDbType = NpgsqlDbType.Bigint };
    private readonly CommitKind _kind;
    private readonly IColumn[] _columns;

    public CommitParameters(string text, Guid runId, bool hasTextKeys, int fingerprintIterations, CommitKind kind)
    {
        (_ids, _entryIds) = (new KeyColumn(hasTextKeys), new KeyColumn(hasTextKeys));
        (_kind, _runId.TypedValue, _fingerprintIterations.TypedValue) = (kind, runId, fingerprintIterations);
        _columns = [_ids, _raws, _contentHashes, _sanitized, _entityTags, _fetchedAts, _entryIds, _outcomes, _attempts, _errors, _answers, _jobs, _groupedRecords, _groupedUnchanged, _groupedNotFound];
        Command = new NpgsqlCommand(text) { Parameters = { _runId } };
        foreach (IColumn column in _columns.AsSpan(..11))
            Command.Parameters.Add(column.Parameter);
        Command.Parameters.Add(_fingerprintIterations);
        Command.Parameters.AddRange(kind switch
        {
            CommitKind.Shared => (NpgsqlParameter[])[_jobs.Parameter, _isRepeated],
            CommitKind.Ascending => [_owner, _epoch, _groupedRecords.Parameter, _groupedUnchanged.Parameter, _groupedNotFound.Parameter, _firstGrouped],
            _ => [_owner, _epoch],
        });
    }

    public NpgsqlCommand Command { get; }

    /// <summary>Takes what of the batch has no answer yet.</summary>
    public void Fill(ReadOnlySpan<PendingEntry> batch, bool isRepeated, RunOwner owner)
    {
        Clear();
        _isRepeated.TypedValue = isRepeated;
        (_owner.TypedValue, _epoch.TypedValue) = (owner.Process, owner.Epoch);
        _firstGrouped.TypedValue = _kind is CommitKind.Ascending ? CommitGroup.Mark(batch) : null;
        foreach (PendingEntry pending in batch)
        {
            if (pending.Answer is not null)
                continue;

            OutcomeEntry entry = pending.Entry;
            if (pending.IsGrouped)
            {
                (entry.Record is not null ? _groupedRecords : entry.OutcomeWithoutRecord is Outcome.NotFound ? _groupedNotFound : _groupedUnchanged).Add(entry.Key.Number);
            }
            else
            {
                _entryIds.Add(entry.Key);
                _outcomes.Add(entry.Record is null ? Enum.GetName(entry.OutcomeWithoutRecord) : null);
                _attempts.Add(entry.Attempts);
                _errors.Add(entry.Error);
                _answers.Add(entry.Answer);
                _jobs.Add(entry.Job?.Id);
            }

            if (entry.Record is not { } record)
                continue;

            _ids.Add(entry.Key);
            _raws.Add(record.Raw);
            _contentHashes.Add(record.ContentHash);
            _sanitized.Add(record.Sanitized);
            _entityTags.Add(entry.EntityTag);
            _fetchedAts.Add(entry.FetchedAt.UtcDateTime);
        }
    }

    /// <summary>Releases what the last batch held.</summary>
    public void Clear()
    {
        foreach (IColumn column in _columns)
            column.Clear();
    }

    private interface IColumn
    {
        NpgsqlParameter Parameter { get; }

        void Clear();
    }

    private sealed class KeyColumn(bool isText) : IColumn
    {
        private readonly Column<string>? _texts = isText ? new(NpgsqlDbType.Text) : null;
        private readonly Column<long> _numbers = new(NpgsqlDbType.Bigint);

        public NpgsqlParameter Parameter => _texts?.Parameter ?? _numbers.Parameter;

        public void Add(ItemKey key)
        {
            if (_texts is null)
                _numbers.Add(key.Number);
            else
                _texts.Add(key.ToString());
        }

        public void Clear()
        {
            _texts?.Clear();
            _numbers.Clear();
        }
    }

    private sealed class Column<T>(NpgsqlDbType type) : IColumn
    {
        private readonly List<T> _values = [];
        private readonly NpgsqlParameter<List<T>> _parameter = new() { NpgsqlDbType = NpgsqlDbType.Array | type };

        public NpgsqlParameter Parameter => _parameter;

        public void Add(T value) => _values.Add(value);

        public void Clear()
        {
            _values.Clear();
            // Setting it makes the parameter forget the sizes of the last batch, which it would remember if that one could not be sent.
            _parameter.TypedValue = _values;
        }
    }
}
