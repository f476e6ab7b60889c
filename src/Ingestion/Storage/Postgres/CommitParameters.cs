using Ingestion.Records;
using Npgsql;
using NpgsqlTypes;

namespace Ingestion.Storage.Postgres;

/// <summary>The columns of a batch, as arrays that are filled anew for every batch and keep their capacity. In the order <see cref="CommitStatement"/> numbers them.</summary>
internal sealed class CommitParameters
{
    private readonly NpgsqlParameter<Guid> _runId = new() { NpgsqlDbType = NpgsqlDbType.Uuid };
    private readonly Column<int> _episodeIds = new(NpgsqlDbType.Integer);
    private readonly Column<int> _ids = new(NpgsqlDbType.Integer);
    private readonly Column<string> _names = new(NpgsqlDbType.Text);
    private readonly Column<string> _statuses = new(NpgsqlDbType.Text);
    private readonly Column<string> _species = new(NpgsqlDbType.Text);
    private readonly Column<string> _types = new(NpgsqlDbType.Text);
    private readonly Column<string> _genders = new(NpgsqlDbType.Text);
    private readonly Column<string> _originNames = new(NpgsqlDbType.Text);
    private readonly Column<string> _originUrls = new(NpgsqlDbType.Text);
    private readonly Column<string> _locationNames = new(NpgsqlDbType.Text);
    private readonly Column<string> _locationUrls = new(NpgsqlDbType.Text);
    private readonly Column<string> _images = new(NpgsqlDbType.Text);
    private readonly Column<int> _firstEpisodes = new(NpgsqlDbType.Integer);
    private readonly Column<int> _lastEpisodes = new(NpgsqlDbType.Integer);
    private readonly Column<string> _urls = new(NpgsqlDbType.Text);
    private readonly Column<DateTime> _created = new(NpgsqlDbType.TimestampTz);
    private readonly Column<ReadOnlyMemory<byte>> _raws = new(NpgsqlDbType.Jsonb);
    private readonly Column<ReadOnlyMemory<byte>> _contentHashes = new(NpgsqlDbType.Bytea);
    private readonly Column<bool> _sanitized = new(NpgsqlDbType.Boolean);
    private readonly Column<string?> _entityTags = new(NpgsqlDbType.Text);
    private readonly Column<int> _entryIds = new(NpgsqlDbType.Integer);
    private readonly Column<string?> _outcomes = new(NpgsqlDbType.Text);
    private readonly Column<int> _attempts = new(NpgsqlDbType.Integer);
    private readonly Column<string?> _errors = new(NpgsqlDbType.Text);
    private readonly NpgsqlParameter<int> _fingerprintIterations = new() { NpgsqlDbType = NpgsqlDbType.Integer };
    private readonly Column<Guid?>? _jobs;
    private readonly NpgsqlParameter<bool> _isRepeated = new() { NpgsqlDbType = NpgsqlDbType.Boolean };
    private readonly IColumn[] _columns;

    public CommitParameters(Guid runId, int fingerprintIterations, bool isShared)
    {
        _jobs = isShared ? new Column<Guid?>(NpgsqlDbType.Uuid) : null;
        _runId.TypedValue = runId;
        _fingerprintIterations.TypedValue = fingerprintIterations;
        _columns =
        [
            _episodeIds, _ids, _names, _statuses, _species, _types, _genders, _originNames, _originUrls, _locationNames, _locationUrls, _images,
            _firstEpisodes, _lastEpisodes, _urls, _created, _raws, _contentHashes, _sanitized, _entityTags, _entryIds, _outcomes, _attempts, _errors,
        ];
    }

    public void AddTo(NpgsqlParameterCollection parameters)
    {
        parameters.Add(_runId);
        foreach (IColumn column in _columns)
            parameters.Add(column.Parameter);
        parameters.Add(_fingerprintIterations);
        if (_jobs is null)
            return;

        parameters.Add(_jobs.Parameter);
        parameters.Add(_isRepeated);
    }

    public void Fill(ReadOnlySpan<PendingEntry> batch)
    {
        Clear();
        _isRepeated.TypedValue = false;
        foreach (PendingEntry pending in batch)
        {
            OutcomeEntry entry = pending.Entry;
            _isRepeated.TypedValue |= pending.WasSent;
            pending.WasSent = true;
            _entryIds.Add((int)entry.Key.Number);
            _outcomes.Add(entry.Record is null ? entry.OutcomeWithoutRecord.ToString() : null);
            _attempts.Add(entry.Attempts);
            _errors.Add(entry.Error);
            _jobs?.Add(entry.Job?.Id);
            if (entry.Record is { } record)
                Add((int)entry.Key.Number, record, entry.EntityTag);
        }
    }

    /// <summary>Lets go of what the last batch held.</summary>
    public void Clear()
    {
        foreach (IColumn column in _columns)
            column.Clear();
        _jobs?.Clear();
    }

    private void Add(int id, CharacterRecord record, string? entityTag)
    {
        Character character = record.Character;
        _ids.Add(id);
        _names.Add(character.Name);
        _statuses.Add(character.Status);
        _species.Add(character.Species);
        _types.Add(character.Type);
        _genders.Add(character.Gender);
        _originNames.Add(character.OriginName);
        _originUrls.Add(character.OriginUrl);
        _locationNames.Add(character.LocationName);
        _locationUrls.Add(character.LocationUrl);
        _images.Add(character.Image);

        // PostgreSQL has no ragged arrays: all episodes go into one, and every row names its slice of it (from 1, both ends included).
        _firstEpisodes.Add(_episodeIds.Count + 1);
        foreach (int episode in character.EpisodeIds)
            _episodeIds.Add(episode);
        _lastEpisodes.Add(_episodeIds.Count);

        _urls.Add(character.Url);
        _created.Add(character.Created.UtcDateTime);
        _raws.Add(record.Raw);
        _contentHashes.Add(record.ContentHash);
        _sanitized.Add(record.Sanitized);
        _entityTags.Add(entityTag);
    }

    private interface IColumn
    {
        NpgsqlParameter Parameter { get; }

        void Clear();
    }

    private sealed class Column<T>(NpgsqlDbType type) : IColumn
    {
        private readonly List<T> _values = [];
        private readonly NpgsqlParameter<List<T>> _parameter = new() { NpgsqlDbType = NpgsqlDbType.Array | type };

        public NpgsqlParameter Parameter => _parameter;

        public int Count => _values.Count;

        public void Add(T value) => _values.Add(value);

        public void Clear()
        {
            _values.Clear();
            // Setting it makes the parameter forget the sizes of the last batch, which it would remember if that one could not be sent.
            _parameter.TypedValue = _values;
        }
    }
}
