namespace Ingestion.Runs.Recording;

/// <summary>Adds stages up on a grid that never grows: see <see cref="Timeline"/>. Not thread-safe.</summary>
/// <param name="columns">How many there are: twice what there is to see at least, for when the interval has doubled half of them are empty again.</param>
/// <param name="milliseconds">How much time a column stands for, as long as none have become one.</param>
/// <param name="isRolling">Whether the oldest column makes room for a new one, or two become one.</param>
internal sealed class TimelineGrid(int columns = 320, int milliseconds = 1, bool isRolling = false)
{
    private const int Rows = 32;
    private const int Stages = (int)Stage.Persist + 1;

    /// <summary>For each column the rows of slots, and after them the row of what ran beyond a slot. In ticks.</summary>
    private readonly long[,,] _ticks = new long[columns, Rows + 1, Stages];

    private readonly long[] _ended = new long[columns];
    private long _interval = milliseconds * TimeSpan.TicksPerMillisecond;
    private long _newest;
    private int _slotsPerRow = 1;
    private int _usedRows;
    private bool _isBeyondUsed;

    /// <summary>The first moment that is on the grid.</summary>
    private long FirstTick => isRolling ? Math.Max(0, _newest - columns + 1) * _interval : 0;

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
            _ended[lastTick / _interval % columns]++;
    }

    /// <summary>Makes a rolling grid reach to this moment.</summary>
    public void MoveTo(TimeSpan at) => MakeRoom(at.Ticks);

    public Timeline Build(TimeSpan elapsed) => Window(0, Math.Clamp((elapsed.Ticks + _interval - 1) / _interval, 1, columns));

    /// <summary>The columns from one number up to another. Those of a rolling grid are numbered on and on; only the latest are there.</summary>
    public Timeline Window(long first, long end)
    {
        int[] window = [.. Enumerable.Range(0, (int)(end - first)).Select(i => (int)((first + i) % columns))];
        return new Timeline
        {
            Interval = TimeSpan.FromTicks(_interval),
            SlotsPerRow = _slotsPerRow,
            Slots = [.. Enumerable.Range(0, _usedRows).Select(row => Row(row, window))],
            BeyondSlots = _isBeyondUsed ? Row(Rows, window) : [],
            Ended = [.. window.Select(column => _ended[column])],
        };
    }

    private void Add(int row, Stage stage, long begin, long end)
    {
        MakeRoom(end - 1);
        begin = Math.Max(FirstTick, begin);
        for (long column = begin / _interval; begin < end; column++)
        {
            long until = Math.Min(end, (column + 1) * _interval);
            _ticks[column % columns, row, (int)stage] += until - begin;
            begin = until;
        }
    }

    private void MakeRoom(long at)
    {
        while (!isRolling && at / _interval >= columns)
            MergeColumns();
        if (!isRolling || at / _interval <= _newest)
            return;

        long column = at / _interval;
        for (long next = Math.Max(_newest + 1, column - columns + 1); next <= column; next++)
        {
            _ended[next % columns] = 0;
            Array.Clear(_ticks, (int)(next % columns) * (Rows + 1) * Stages, (Rows + 1) * Stages);
        }

        _newest = column;
    }

    private void MergeColumns()
    {
        for (int column = 0; column < columns; column++)
        {
            bool isKept = column < columns / 2;
            _ended[column] = isKept ? _ended[2 * column] + _ended[(2 * column) + 1] : 0;
            for (int row = 0; row <= Rows; row++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[column, row, stage] = isKept ? _ticks[2 * column, row, stage] + _ticks[(2 * column) + 1, row, stage] : 0;
            }
        }

        _interval *= 2;
    }

    private void MergeRows()
    {
        for (int row = 0; row < Rows; row++)
        {
            bool isKept = row < Rows / 2;
            for (int column = 0; column < columns; column++)
            {
                for (int stage = 0; stage < Stages; stage++)
                    _ticks[column, row, stage] = isKept ? _ticks[column, 2 * row, stage] + _ticks[column, (2 * row) + 1, stage] : 0;
            }
        }

        _slotsPerRow *= 2;
        _usedRows = (_usedRows + 1) / 2;
    }

    private StageTimes[] Row(int row, int[] window) => Array.ConvertAll(window, column => Cell(row, column));

    private StageTimes Cell(int row, int column) => new(
        TimeIn(Stage.Gate, row, column), TimeIn(Stage.Fetch, row, column), TimeIn(Stage.Delay, row, column), TimeIn(Stage.Transform, row, column), TimeIn(Stage.Persist, row, column));

    private TimeSpan TimeIn(Stage stage, int row, int column) => TimeSpan.FromTicks(_ticks[column, row, (int)stage]);
}
