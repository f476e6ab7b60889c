namespace Ingestion.Runs.Recording;

/// <summary>Adds stages up on a grid that never grows: see <see cref="Timeline"/>. Not thread-safe.</summary>
internal sealed class TimelineGrid
{
    /// <summary>Twice what there is to see at least: when the interval has doubled, half of them are empty again.</summary>
    private const int MergedColumns = 320;

    private const int Rows = 32;
    private const int Stages = (int)Stage.Persist + 1;

    /// <summary>Slot rows, and after them the row of what ran beyond a slot. In ticks.</summary>
    private readonly long[,,] _ticks;

    private readonly long[] _ended;
    private readonly int _columns;
    private readonly bool _isRolling;
    private long _interval;
    private long _newest;
    private int _slotsPerRow = 1;
    private int _usedRows;
    private bool _isBeyondUsed;

    /// <summary>One for all of a run, however long it is.</summary>
    public TimelineGrid()
        : this(MergedColumns, TimeSpan.FromMilliseconds(1), isRolling: false)
    {
    }

    /// <param name="columns">How many there are.</param>
    /// <param name="interval">How much time a column stands for, as long as none have become one.</param>
    /// <param name="isRolling">Whether the oldest column makes room for a new one, or two become one.</param>
    public TimelineGrid(int columns, TimeSpan interval, bool isRolling)
    {
        (_columns, _interval, _isRolling) = (columns, interval.Ticks, isRolling);
        (_ticks, _ended) = (new long[Rows + 1, columns, Stages], new long[columns]);
    }

    /// <summary>The first moment that is on the grid.</summary>
    private long FirstTick => _isRolling ? Math.Max(0, _newest - _columns + 1) * _interval : 0;

    public void AddInSlot(int slot, Stage stage, TimeSpan begin, TimeSpan end)
    {
        while (slot / _slotsPerRow >= Rows)
            MergeRows();
        int row = slot / _slotsPerRow;
        _usedRows = Math.Max(_usedRows, row + 1);
        Add(row, stage, begin.Ticks, end.Ticks);
    }

    public void AddBeyondSlot(Stage stage, TimeSpan begin, TimeSpan end)
    {
        _isBeyondUsed = true;
        Add(Rows, stage, begin.Ticks, end.Ticks);
    }

    public void AddEnded(TimeSpan at)
    {
        // What ends where two columns meet belongs to the first, as its stages do.
        long lastTick = Math.Max(0, at.Ticks - 1);
        MakeRoom(lastTick);
        if (lastTick >= FirstTick)
            _ended[lastTick / _interval % _columns]++;
    }

    /// <summary>Makes a rolling grid reach to this moment.</summary>
    public void MoveTo(TimeSpan at) => MakeRoom(at.Ticks);

    public Timeline Build(TimeSpan elapsed) => Window(0, Math.Clamp((elapsed.Ticks + _interval - 1) / _interval, 1, _columns));

    /// <summary>The columns from one number up to another. Those of a rolling grid are numbered on and on; only the latest are there.</summary>
    public Timeline Window(long first, long end)
    {
        int[] columns = [.. Enumerable.Range(0, (int)(end - first)).Select(i => (int)((first + i) % _columns))];
        return new Timeline
        {
            Interval = TimeSpan.FromTicks(_interval),
            SlotsPerRow = _slotsPerRow,
            Slots = [.. Enumerable.Range(0, _usedRows).Select(row => Row(row, columns))],
            BeyondSlots = _isBeyondUsed ? Row(Rows, columns) : [],
            Ended = [.. columns.Select(column => _ended[column])],
        };
    }

    private void Add(int row, Stage stage, long begin, long end)
    {
        MakeRoom(end - 1);
        begin = Math.Max(FirstTick, begin);
        for (long column = begin / _interval; begin < end; column++)
        {
            long until = Math.Min(end, (column + 1) * _interval);
            _ticks[row, column % _columns, (int)stage] += until - begin;
            begin = until;
        }
    }

    private void MakeRoom(long at)
    {
        while (!_isRolling && at / _interval >= _columns)
            MergeColumns();
        if (!_isRolling || at / _interval <= _newest)
            return;

        long column = at / _interval;
        for (long next = Math.Max(_newest + 1, column - _columns + 1); next <= column; next++)
            Clear((int)(next % _columns));
        _newest = column;
    }

    private void Clear(int column)
    {
        _ended[column] = 0;
        for (int row = 0; row <= Rows; row++)
        {
            for (int stage = 0; stage < Stages; stage++)
                _ticks[row, column, stage] = 0;
        }
    }

    private void MergeColumns()
    {
        for (int column = 0; column < _columns; column++)
        {
            bool isKept = column < _columns / 2;
            _ended[column] = isKept ? _ended[2 * column] + _ended[(2 * column) + 1] : 0;
            for (int row = 0; row <= Rows; row++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[row, column, stage] = isKept ? _ticks[row, 2 * column, stage] + _ticks[row, (2 * column) + 1, stage] : 0;
            }
        }

        _interval *= 2;
    }

    private void MergeRows()
    {
        for (int row = 0; row < Rows; row++)
        {
            bool isKept = row < Rows / 2;
            for (int column = 0; column < _columns; column++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[row, column, stage] = isKept ? _ticks[2 * row, column, stage] + _ticks[(2 * row) + 1, column, stage] : 0;
            }
        }

        _slotsPerRow *= 2;
        _usedRows = (_usedRows + 1) / 2;
    }

    private StageTimes[] Row(int row, int[] columns) => Array.ConvertAll(columns, column => Cell(row, column));

    private StageTimes Cell(int row, int column) => new(
        TimeIn(Stage.Gate, row, column), TimeIn(Stage.Fetch, row, column), TimeIn(Stage.Delay, row, column), TimeIn(Stage.Transform, row, column), TimeIn(Stage.Persist, row, column));

    private TimeSpan TimeIn(Stage stage, int row, int column) => TimeSpan.FromTicks(_ticks[row, column, (int)stage]);
}
